/*
 * role_int.h - the definition of struct role, for its own files: role.c (life
 * cycle), role_files.c (files), lifeline.c (messages of the supervisor), loop.c
 * (rounds), watch.c (epoll) and edge.c (edges).
 *
 * Edges are kept in fixed slots.  The epoll set refers to slot numbers, not to
 * pointers: an event for an edge that was replaced in the same wake-up then
 * reads from its successor, which is harmless, and not from freed memory.
 */
#ifndef PROC_ROLE_INT_H
#define PROC_ROLE_INT_H

#include "proc/config.h"
#include "proc/role.h"

#define ROLE_FILES_MAX 20
#define ROLE_FILE_NAME_MAX 32 /* bytes with the NUL */
#define ROLE_FILE_MAX (1024 * 1024)
#define ROLE_WHY_MAX 200       /* bytes of the cause in a STATUS */
#define ROLE_HEARTBEAT_TICKS 4 /* ticks between two STATUS: one second */

enum role_slot { SLOT_LIFELINE = ROLE_EDGES_MAX, SLOT_TIMER, SLOT_OWN };

struct role_file {
	char name[ROLE_FILE_NAME_MAX];
	int fd;
	bool again;     /* it could not be read: see role_file_again() */
	unsigned tries; /* that failed, one after the other */
};

struct slot {
	struct edge edge; /* edge.channel is NULL in a free slot */
	/* The lifeline's function: handles a packet and the descriptor that
	 * came with it, or -1.  NULL for an edge: ops->message() handles the
	 * packet, and no descriptor may come. */
	err_t (*take)(struct role *r, struct bytes packet, int fd);
	bool up;    /* edge_up() was called */
	bool armed; /* epoll reports EPOLLOUT */
	bool full;  /* sending would block until EPOLLOUT */
};

/* An edge that was received over the lifeline and has no slot yet. */
struct fresh_edge {
	enum wire_role peer;
	uint16_t index;
	int fd;
};

struct role {
	const struct role_ops *ops;
	void *user;
	int epoll;
	int timer;
	void (*own_ready)(struct role *r); /* of role_watch(), or NULL */
	unsigned ticks;
	unsigned turn; /* rotation of role_edge_any() */
	bool started;
	bool prepared;
	bool locked;       /* the sandbox is locked */
	bool again;        /* role_again() was called */
	uint64_t again_us; /* delay of role_again_in(); 0: none */
	bool closed;       /* the lifeline ended */
	uint16_t index;
	struct config *config;
	struct slot lifeline;
	struct slot slots[ROLE_EDGES_MAX];
	struct fresh_edge fresh[ROLE_EDGES_MAX];
	size_t n_fresh;
	struct role_file files[ROLE_FILES_MAX];
	size_t n_files;
	struct buf packet; /* STATUS before it is sent */
	enum wire_role_state state;
	char why[ROLE_WHY_MAX + 1];
	char unread[ROLE_WHY_MAX + 1]; /* takes the place of why, unless "" */
};

/* Gives up what a role never needs: core dumps, capabilities, being traced. */
MUST_CHECK err_t harden_process(void);

/* Closes the files that prepare() or file_changed() has read. */
void role_files_read(struct role *r);

/* A file has come: lets the role read it. */
void role_file_taken(struct role *r, struct role_file *f);

/* Called every tick: lets the role try again what it could not read. */
void role_files_again(struct role *r);

/* lifeline.c: waits for START.  E_CLOSED: the supervisor is gone. */
MUST_CHECK err_t lifeline_wait(struct role *r);
err_t lifeline_packet(struct role *r, struct bytes packet, int fd);
void lifeline_status(struct role *r);

/* loop.c */
MUST_CHECK err_t loop_open(struct role *r);
void loop_turn(struct role *r, int timeout_ms);

/* watch.c */
MUST_CHECK err_t loop_watch_fd(struct role *r, int fd, unsigned slot);
MUST_CHECK err_t loop_watch(struct role *r, struct slot *s, unsigned slot);

/* edge.c */
void edges_settle(struct role *r); /* moves fresh edges into slots */
/* Receives some of the waiting packets; for the rest epoll reports the
 * descriptor again.  Drops an edge whose peer is gone. */
void edge_read(struct role *r, struct slot *s);
void edge_drop(struct role *r, struct slot *s);
void edges_release(struct role *r);

/* Ends this process, because a peer broke the protocol and may be taken
 * over. */
void role_die_wire(const struct edge *from, uint16_t id, const char *why)
        __attribute__((noreturn));

#endif
