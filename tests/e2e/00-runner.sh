#!/bin/bash
# Goal: the test runner tells the truth: a program that dies, hangs, lies about
# its exit status or says nothing is a failure, and the sums are right; and
# deps.sh installs what is missing and nothing when all is there.
. "$(dirname "$0")/lib.sh"
demo_begin "$scenario"
runner=$demo_root/tests/run.sh
export ANCHORD_BUILD=$dir/build

# program NAME: standard input becomes a program.
program()
{
	{ echo '#!/bin/sh'; cat; } >"$1"
	chmod +x "$1"
}

# runs WHAT STATUS LINE PROGRAM...
runs()
{
	local what=$1 status=$2 line=$3
	shift 3
	ANCHORD_TEST_SECONDS=1 "$runner" "$@" >runner.log 2>&1
	same "$what" "$status $line" "$? $(tail -n 1 runner.log)"
}

program good <<<'echo "3 passed, 0 failed, 1 skipped"'
program bad <<<'echo "3 passed, 2 failed, 0 skipped"; exit 1'
program silent <<<'exit 0'
program dead <<<'echo "3 passed, 0 failed, 0 skipped" >&2; kill -SEGV $$'
program lies <<<'echo "3 passed, 0 failed, 0 skipped"; exit 3'
program modest <<<'echo "3 passed, 1 failed, 0 skipped"; exit 0'
program hangs <<<'echo "1 passed, 0 failed, 0 skipped"; exec sleep 5'
program nothing <<<'echo "0 passed, 0 failed, 1 skipped"'

runs "one good program" 0 "3 passed, 0 failed, 1 skipped" "$dir/good"
runs "sums" 0 "6 passed, 0 failed, 2 skipped" "$dir/good" "$dir/good"
runs "a failure" 1 "6 passed, 2 failed, 1 skipped" "$dir/good" "$dir/bad"
runs "no closing line" 1 "3 passed, 1 failed, 1 skipped" "$dir/silent" \
	"$dir/good"
runs "killed by a signal" 1 "3 passed, 1 failed, 0 skipped" "$dir/dead"
runs "an exit status against the line" 1 "3 passed, 1 failed, 0 skipped" \
	"$dir/lies"
runs "a line against the exit status" 1 "3 passed, 1 failed, 0 skipped" \
	"$dir/modest"
runs "no end" 1 "1 passed, 1 failed, 0 skipped" "$dir/hangs"
runs "a program that is not there" 1 "0 passed, 1 failed, 0 skipped" \
	"$dir/missing"
runs "nothing passed" 1 "0 passed, 0 failed, 1 skipped" "$dir/nothing"

# deps.sh with a dpkg-query that misses one package, and an apt-get that writes
# down what it was asked for.
mkdir -p fake
program fake/dpkg-query <<END
for name; do
	case \$name in -*) continue ;; esac
	[ "\$name" = jq ] && [ ! -e "$dir/installed" ] && continue
	echo "\$name=install ok installed"
done
END
program fake/apt-get <<END
echo "\$*" >>"$dir/asked"
case "\$*" in *install*) touch "$dir/installed" ;; esac
END
program fake/sudo <<<'exec "$@"'
deps=$demo_root/tests/deps.sh
PATH=$dir/fake:$PATH "$deps" >deps.log 2>&1
same "deps: installs what is missing" 0 $?
holds "deps: asks for that package alone" grep -qE 'recommends jq$' asked
holds "deps: says so" grep -q 'missing on this machine: jq$' deps.log
rm -f asked deps.log
PATH=$dir/fake:$PATH "$deps" >deps.log 2>&1
same "deps: with all there, says and asks nothing" "0 0" \
	"$? $(cat deps.log asked 2>/dev/null | wc -c)"
finish
