#!/bin/bash
# names.sh - a file-local function has a name that a search finds.
#
# Two words at least, and the same name in at most two files: who reads it in a
# backtrace, a profile or a diff knows which function it is.
. "$(dirname "$0")/lib.sh"

words=2
files=2

# "FILE NAME" for each file-local function, once a file: comments, literals and
# what only looks like a function's name are taken out first.
names_of()
{
	perl -e '
		for my $file (@ARGV) {
			open(my $in, "<", $file) or die "$file: $!\n";
			local $/;
			my $c = <$in>;
			$c =~ s{/\*.*?\*/|//[^\n]*|("(?:\\.|[^"\\])*")|(\x27(?:\\.|[^\x27\\])*\x27)}
				{defined $1 ? "\"\"" : defined $2 ? "0" : " "}gse;
			$c =~ s/\b__attribute__\s*(\((?:[^()]++|(?1))*\))//g;
			$c =~ s/\b(?:_?[Aa]lignas|AUTO|STACK_OF)\s*(\((?:[^()]++|(?1))*\))/X/g;
			my %seen;
			while ($c =~ /^static\b[^;{}=()\[\]]*?\b(\w+)\s*\((?!\s*\*)/mg) {
				$seen{$1} = 1;
			}
			print "$file $_\n" for sort keys %seen;
		}' "$@"
}

check()
{
	local list
	mapfile -t list < <(c_files)
	[ ${#list[@]} -gt 0 ] || return 0
	names_of "${list[@]}" >"$scratch/names" || return
	awk -v words=$words -v files=$files '
	{
		n = 0
		parts = split($2, part, "_")
		for (i = 1; i <= parts; i++)
			n += part[i] != ""
		if (n < words)
			print $1 ": " $2 "() is one word; say what it does to what"
		where[$2] = where[$2] " " $1
		count[$2]++
	}
	END {
		for (name in count)
			if (count[name] > files)
				print name "() is in " count[name] \
					" files, more than " files ":" where[name]
	}' "$scratch/names" | sort
}

# three FUNCTION: a tree in which three files have it.
three()
{
	local f
	for f in a b c; do
		plant "src/base/$f.c" <<END
static int
$1(void)
{
	return 0;
}
END
	done
}

self_test()
{
	printf 'static int\nrun(void)\n{\n\treturn 0;\n}\n' | plant src/base/a.c
	planted "a name of one word" 'src/base/a.c: run() is one word'

	printf 'static void\nopen_(int *a)\n{\n\t*a = 0;\n}\n' | plant hsm/a.c
	planted "a word with an underscore" 'hsm/a.c: open_() is one word'

	plant src/base/a.h <<'END'
static inline bool
has(int a)
{
	return a;
}
END
	planted "a function in a header" 'src/base/a.h: has() is one word'

	plant provisioning/anchorctl/a.c <<'END'
static __attribute__((format(printf, 1, 2))) int usage(const char *f, ...);
END
	planted "a prototype" 'anchorctl/a.c: usage() is one word'

	plant src/base/a.c <<'END'
static STACK_OF(X509) *
trusted(void)
{
	return NULL;
}
END
	planted "a type in brackets" 'a.c: trusted() is one word'

	three read_all
	planted "one name in three files" \
		'^read_all() is in 3 files, more than 2: src/base/a.c src/base/b.c'

	plant src/base/a.c <<'END'
/* static int run(void); is a comment. */
static const char *const text = "static int run(void)";
static int (*const steps[])(struct job *) = { read_all, check_all };
static alignas(64) uint8_t room[sizeof(struct job)];
static const struct verb verb = { .run = run_verb };
int
run(void)
{
	static int calls = 0;

	return step.run(calls++);
}
static int
run_verb(int run)
{
	return run;
}
END
	plant src/base/b.c <<<'static int run_verb(int run);'
	clean "names of two words, in two files"
}

check_repository
self_test
finish
