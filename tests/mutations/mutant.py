#!/usr/bin/python3
"""Reads tests/mutations/*.mutants; tests/mutants.sh runs what they say.

    mutant.py list FOLDER [PATTERN]       a line a mutant: id, program, test
    mutant.py sample FOLDER COUNT SEED    the same, of some quick ones
    mutant.py check FOLDER TREE           a line for each fault of a mutant
    mutant.py apply FOLDER TREE ID        takes the check away in TREE

README.md beside this file describes the format.  An id is "<room>: <name>".
"""
import glob, hashlib, os, re, sys

# What a test's name may begin with, and what a sample is taken of.
KINDS = ("unit", "contract", "process", "attack", "fuzz", "e2e")
QUICK = ("unit/",)


# White space and comments, of which there may be some.
SPACE = r"(?:\s|/\*(?:[^*]|\*(?!/))*\*/)"


class Fault(Exception):
    """The text of a mutant says what cannot be done."""


class Mutant:
    def __init__(self, room, name):
        self.id = f"{room}: {name}"
        self.test = None
        self.edits = []  # [file, old lines, new lines]

    def edit(self, path):
        self.edits.append([path, [], []])

    def line(self, line):
        """Takes one line of the text below the name."""
        word, _, rest = line.partition(" ")
        if word == "file":
            self.edit(rest.strip())
        elif word == "test":
            self.test = rest.strip()
        elif line == "@@" and self.edits:
            self.edit(self.edits[-1][0])
        elif line[0] == "-" and self.edits:
            self.edits[-1][1].append(line[1:])
        elif line[0] == "+" and self.edits:
            self.edits[-1][2].append(line[1:])
        else:
            raise Fault(f"{self.id}: a line of no kind: {line}")

    def program_and_test(self):
        program, _, test = self.test.partition(":")
        return program, test.strip()

    def complete(self):
        if not self.test or self.test.split("/")[0] not in KINDS:
            raise Fault(f"{self.id}: names no test")
        if not self.edits or any(not old for _, old, _ in self.edits):
            raise Fault(f"{self.id}: takes nothing away")


def read_room(path):
    room = os.path.basename(path).removesuffix(".mutants")
    mutants = []
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            line = line.rstrip("\n")
            if line.startswith("mutant "):
                mutants.append(Mutant(room, line[7:].strip()))
            elif line.strip() and not line.startswith("#"):
                if not mutants:
                    raise Fault(f"{room}: a line before the first mutant")
                mutants[-1].line(line)
    return mutants


def read_all(folder):
    """Every mutant of the folder by its id, in order."""
    mutants = {}
    for path in sorted(glob.glob(os.path.join(folder, "*.mutants"))):
        for mutant in read_room(path):
            mutant.complete()
            if mutant.id in mutants:
                raise Fault(f"{mutant.id}: the name is there twice")
            mutants[mutant.id] = mutant
    return mutants


def pattern_of(lines):
    """The old text as C reads it: lines and comments do not matter."""
    text = re.sub(r"/\*.*?\*/", " ", "\n".join(lines), flags=re.DOTALL)
    tokens = re.findall(r"\w+|[^\w\s]", text)
    pattern, before = "", ""
    for token in tokens:
        words = before and before[-1].isalnum() | (before[-1] == "_") and (
            token[0].isalnum() or token[0] == "_")
        pattern += ("" if not before else SPACE + "+" if words else SPACE + "*")
        pattern += re.escape(token)
        before = token
    # "a" is not found within "aa".
    if re.match(r"\w", tokens[0]):
        pattern = r"(?<!\w)" + pattern
    if re.match(r"\w", tokens[-1]):
        pattern += r"(?!\w)"
    return pattern


def mutated(text, old, new, where):
    found = list(re.finditer(pattern_of(old), text))
    if len(found) != 1:
        raise Fault(f"{where}: stale, the old text is there "
                    f"{len(found)} times")
    return (text[:found[0].start()] + "\n".join(new).lstrip() +
            text[found[0].end():])


def texts(mutant, tree):
    """What the mutant makes of the tree: {path: text}."""
    changed = {}
    for path, old, new in mutant.edits:
        full = os.path.join(tree, path)
        if path not in changed:
            if not os.path.isfile(full):
                raise Fault(f"{mutant.id}: stale, there is no {path}")
            with open(full, encoding="utf-8") as f:
                changed[path] = f.read()
        before = changed[path]
        changed[path] = mutated(before, old, new, f"{mutant.id}: {path}")
        if changed[path] == before:
            raise Fault(f"{mutant.id}: changes nothing")
    return changed


def source_of(program):
    """The source of a test program, where its name must lead to."""
    if program.startswith(("e2e/", "interop/")):
        return f"tests/{program}.sh"
    if program == "attack/attack":
        return "tests/attack/main.c"
    return f"tests/{program}.c"


def check(mutants, tree):
    """The faults of all mutants, each a line."""
    for mutant in mutants.values():
        program, test = mutant.program_and_test()
        try:
            texts(mutant, tree)
            source = os.path.join(tree, source_of(program))
            if not os.path.isfile(source):
                raise Fault(f"{mutant.id}: stale, there is no {program}")
            if test and not named(source, test):
                raise Fault(f"{mutant.id}: stale, {program} has no "
                            f"test \"{test}\"")
        except Fault as fault:
            yield str(fault)


def named(source, test):
    """Whether a test program's source, or a header beside it, says the name."""
    beside = os.path.join(os.path.dirname(source), "*.")
    paths = [source] + glob.glob(beside + "h") + glob.glob(beside + "def")
    for path in paths:
        with open(path, encoding="utf-8") as f:
            joined = re.sub(r'"\s*"', "", f.read())
            if test in joined:
                return True
    return False


def show(mutants):
    for mutant in mutants:
        print("\t".join([mutant.id, *mutant.program_and_test()]))


def main(argv):
    mutants = read_all(argv[2])
    if argv[1] == "list":
        wanted = re.compile(argv[3] if len(argv) > 3 else "")
        show(m for m in mutants.values() if wanted.search(
            " ".join([m.id, m.test, *(e[0] for e in m.edits)])))
    elif argv[1] == "sample":
        quick = [m for m in mutants.values() if m.test.startswith(QUICK)]
        quick.sort(key=lambda m: hashlib.sha256(
            f"{argv[4]} {m.id}".encode()).digest())
        show(quick[:int(argv[3])])
    elif argv[1] == "check":
        faults = list(check(mutants, argv[3]))
        print("".join(f"{fault}\n" for fault in faults), end="")
        return 1 if faults else 0
    elif argv[1] == "apply":
        for path, text in texts(mutants[argv[4]], argv[3]).items():
            with open(os.path.join(argv[3], path), "w", encoding="utf-8") as f:
                f.write(text)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv))
    except Fault as fault:
        print(fault)
        sys.exit(1)
