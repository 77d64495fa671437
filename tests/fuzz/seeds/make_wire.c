/*
 * make_wire.c - writes one packet of each message to <directory>/<name>.
 */
#include <stdio.h>

#include "wire/wire.h"

#include "tests/common/fakes/wire_samples.h"

int
main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	for (size_t i = 0; wire_samples[i].name; i++) {
		AUTO(buf_release) struct buf packet = buf_of(WIRE_PACKET_MAX);
		char path[4096];

		wire_samples[i].make(&packet);
		snprintf(path, sizeof(path), "%s/%s", argv[1],
		         wire_samples[i].name);
		FILE *f = fopen(path, "wb");
		if (!f || fwrite(packet.data, 1, packet.len, f) != packet.len ||
		    fclose(f) != 0) {
			perror(path);
			return 1;
		}
	}
	return 0;
}
