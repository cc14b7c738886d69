"""docs/worker.py with one thing changed: how it writes, or what it does when it is told to go; the argument says which."""

import pathlib, sys

source = (pathlib.Path(__file__).parents[3] / "docs/worker.py").read_text()
WRITE, GO = "os.write(answers, frame)", "os._exit(0)  # goodbye"
changes = {
    "trickle": (WRITE, "os.write(answers, frame[:1])"),
    "garbage": (GO, "os.write(answers, b'this is no frame at all, but as long as one'); os._exit(0)"),
    "cut": (GO, "os.write(answers, b'LEAT\\6\\0\\0'); os._exit(0)"),
    "late": (GO, "send(6, struct.pack('<qqI', 0, 0, 1) + tensor(0, 9, (1,)), bytes(4)); os._exit(0)"),
    "code": (GO, "os._exit(7)"),
    "signal": (GO, "os.kill(os.getpid(), 9)"),
    "closed": (GO, "os.close(answers); os._exit(0)"),
}
old, new = changes[sys.argv[1]]
assert source.count(old) == 1, "docs/worker.py has changed; change this script as well."
exec(compile(source.replace(old, new), "worker.py", "exec"))
