"""Checks of what runs for long: the loop, whoever works against it, and sudden ends."""

import json
import random
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable

from fleet import KINDS, MODIFY, NINE, Answer, Facts, World, delivery, modified, of_ingresses, on, policy
from tools import LOOPBACK, free_port

BUCKET = "acme-logs-eu-west-1"
# Enough to hit every moment of a write, which takes a third of a second.
KILLS = 12
SEED = 20261125


class Running:
    """The program while it runs; killed at the end of the block if it still does."""

    def __init__(self, world: World, *args: str) -> None:
        self.out, self.err = world.folder / "running.out", world.folder / "running.err"
        with self.out.open("w") as out, self.err.open("w") as err:
            command, where = world.command(*args), {"cwd": world.folder, "env": world.environment}
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, **where)

    def __enter__(self) -> "Running":
        return self

    def __exit__(self, *_exception: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def ended(self, seconds: float = 30) -> Answer:
        try:
            code = self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            code = None
        return Answer(code, self.out.read_text(), self.err.read_text())

    def terminated(self) -> Answer:
        self.process.send_signal(signal.SIGTERM)
        return self.ended()


def until(holds: Callable[[], bool], seconds: float = 60) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.2)
    return False


def get(url: str, data: bytes | None = None) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, data, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


def watching(world: World, facts: Facts) -> None:
    """The loop switches logs on, also of what comes later, answers probes on loopback and ends when asked."""
    fleet = world.make(of_ingresses(2))
    world.open_buckets()
    world.policy(policy())
    port = free_port()
    probes = f"http://{LOOPBACK}:{port}"
    with Running(world, "reconcile", "watch", "--interval", "1s", "--listen", str(port)) as watch:
        facts.holds("health while it begins", until(lambda: get(f"{probes}/healthz") == (200, "ok\n"), 20))
        facts.holds("six writes", until(lambda: len(world.calls(MODIFY)) == 6))
        enabled = {f'albstats_reconcile_logs{{kind="{kind}",state="enabled"}} 2' for kind in KINDS}
        facts.holds(
            "metrics: where logs stand", until(lambda: enabled <= set(get(f"{probes}/metrics")[1].splitlines()), 20)
        )
        written = {f'albstats_reconcile_writes_total{{kind="{kind}",outcome="written"}} 2' for kind in KINDS}
        facts.same("metrics: writes", written, written & set(get(f"{probes}/metrics")[1].splitlines()))
        facts.same("another path", 404, get(f"{probes}/")[0])
        facts.same("a POST", 405, get(f"{probes}/metrics", b"x")[0])
        facts.holds("listens on the loopback interface alone", not elsewhere(port))
        second = world.run("reconcile", "watch", "--interval", "1s")
        facts.ends("a second one beside it", 2, second, "another albstats reconcile is at work")
        late = world.make([*of_ingresses(3)[2:]])[-1]
        facts.holds("one that comes later", until(lambda: on(BUCKET, "eks").items() <= world.attributes(late).items()))
        client = world.hands("elbv2", late.region)
        client.delete_load_balancer(LoadBalancerArn=late.arn)
        world.fleet.remove(late)
        gone = until(lambda: late.arn not in (world.folder / "state.json").read_text(), 20)
        facts.holds("one that goes is forgotten", gone)
        # A sick AWS does not end it.
        world.tell("deny", action="elasticloadbalancing:*")
        facts.holds("health while all is denied", until(lambda: "access denied" in watch.err.read_text(), 20))
        facts.same(
            "metrics: problems", True, until(lambda: "albstats_reconcile_problems 2" in get(f"{probes}/metrics")[1], 20)
        )
        world.tell("allow")
        facts.ends("asked to end between two looks", 0, watch.terminated(), "stopped")
    facts.same("requests that write", 9, len(world.calls(MODIFY)))
    for each in fleet:
        facts.holds(f"{each.name} is on", on(BUCKET, "eks").items() <= world.attributes(each).items())
    # Asked to end while it writes: the request that is under way ends, and is written down.
    world.make([each for each in of_ingresses(8) if each.name not in {one.name for one in fleet}])
    world.tell("delay", action=MODIFY, seconds=0.5)
    asked = len(world.calls(MODIFY))
    with Running(world, "reconcile", "watch", "--interval", "1s") as watch:
        facts.holds("it writes", until(lambda: len(world.calls(MODIFY)) > asked + 1))
        facts.ends("asked to end while it writes", 0, watch.terminated(), "stopped")
    facts.holds("it ended before it was done", len(world.calls(MODIFY)) < asked + 18)
    outcomes = [attempt["outcome"] for entry in world.history()["logs"] for attempt in entry["attempts"]]
    facts.holds("every request is written down with its outcome", None not in outcomes)


def elsewhere(port: int) -> bool:
    """Whether somebody listens on another address than loopback."""
    addresses = {each[4][0] for each in socket.getaddrinfo(socket.gethostname(), port, socket.AF_INET)}
    for address in addresses - {LOOPBACK}:
        if address.startswith("127."):
            continue
        with socket.socket() as tried:
            tried.settimeout(2)
            if tried.connect_ex((address, port)) == 0:
                return True
    return False


def flips(world: World, facts: Facts) -> None:
    """Somebody who undoes what is written is fought twice at most, then told of, and nobody else suffers."""
    fleet = world.make(of_ingresses(3))
    world.open_buckets()
    world.policy(policy('manual_disable = "repair"'))
    off = {f"{logs}.s3.enabled": "false" for logs in KINDS.values()}
    stop = threading.Event()

    def flip() -> None:
        while not stop.wait(0.3):
            found = world.attributes(fleet[0])
            # Only what is on is switched off: before that there is nothing to undo.
            on_now = {key: value for key, value in off.items() if found[key] == "true"}
            if on_now:
                world.set(fleet[0], on_now)

    port = free_port()
    contended = {f'albstats_reconcile_logs{{kind="{kind}",state="contended"}} 1' for kind in KINDS}
    flipper = threading.Thread(target=flip)
    flipper.start()
    try:
        with Running(world, "reconcile", "watch", "--interval", "1s", "--listen", str(port)) as watch:
            metrics = f"http://{LOOPBACK}:{port}/metrics"
            facts.holds("contended", until(lambda: contended <= set(get(metrics)[1].splitlines()), 90))
            asked = len(world.calls(MODIFY))
            time.sleep(5)
            # The others may have waited for their turn.
            later = [call["parameters"]["LoadBalancerArn"] for call in world.calls(MODIFY)[asked:]]
            facts.same("requests that write it once it is contended", 0, later.count(fleet[0].arn))
            facts.ends("asked to end", 0, watch.terminated(), "was undone 2 times", "albstats reconcile forget")
    finally:
        stop.set()
        flipper.join()
    writes = Counter(
        (call["parameters"]["LoadBalancerArn"], key) for call in world.calls(MODIFY) for key in modified(call)
    )
    fought = [writes[fleet[0].arn, f"{logs}.s3.enabled"] for logs in KINDS.values()]
    # One that switches on, and one after it was undone; the second time it is left.
    facts.same("writes of each of its logs", [2, 2, 2], fought)
    others = [writes[each.arn, f"{logs}.s3.enabled"] for each in fleet[1:] for logs in KINDS.values()]
    facts.same("writes of the others", [1] * 6, others)
    facts.ends("plan", 0, world.plan(), "3 contended", "6 enabled", f"albstats reconcile forget {fleet[0].name}")
    facts.ends("plan once more", 0, world.plan(), "3 contended")
    facts.ends("forget", 0, world.run("reconcile", "forget", fleet[0].name), "forgot 3 logs")
    facts.ends("plan when it is forgotten", 0, world.plan(), "3 left alone", "switched off by hand")
    world.set(fleet[0], on(BUCKET, "eks"))
    facts.ends("plan when it is on again", 0, world.plan(), "9 enabled")


def lost_answers(world: World, facts: Facts) -> None:
    """Answers that get lost: what was done is seen, and not asked for again; what was not is told."""
    fleet = world.make(of_ingresses(2))
    world.open_buckets()
    world.policy(policy())
    before = world.everything()
    world.plan()
    world.tell("lose", action=MODIFY, n=2)
    facts.ends("some are lost: apply", 0, world.apply(), "6 written")
    facts.same("some are lost: requests that write", 6, len(world.calls(MODIFY)))
    after = before | {(each.name, key): value for each in fleet for key, value in on(BUCKET, "eks").items()}
    facts.same("some are lost: attributes afterwards", after, world.everything())
    world.make(of_ingresses(3)[2:])
    world.plan()
    world.tell("lose", action=MODIFY)
    facts.ends("all are lost: apply", 0, world.apply(), "3 written")
    facts.same("all are lost: requests that write", 9, len(world.calls(MODIFY)))
    world.tell("allow")
    facts.ends("all are lost: plan", 0, world.plan(), "9 enabled")
    late = world.make(of_ingresses(4)[3:])[-1]
    world.plan()
    world.tell("drop", action=MODIFY)
    facts.ends("none arrives: apply", 3, world.apply(), "refused: cannot reach AWS")
    world.tell("allow")
    facts.ends("afterwards: plan", 1, world.plan("--retry"), "9 enabled", "3 to enable")
    facts.ends("afterwards: apply", 0, world.apply(), "3 written")
    facts.ends("afterwards: plan again", 0, world.plan(), "12 enabled")
    facts.holds(f"{late.name} is on", on(BUCKET, "eks").items() <= world.attributes(late).items())
    facts.same("keys that were ever sent", NINE, {key for call in world.calls(MODIFY) for key in modified(call)})


def adoption(world: World, facts: Facts) -> None:
    """Logs that go elsewhere are taken over by who has a history; whoever takes them back twice keeps them."""
    fleet = world.make(of_ingresses(2))
    world.open_buckets()
    world.bucket("others", fleet[0].region, delivery("others", "theirs"))
    for each in fleet:
        world.set(each, on("others", "theirs", ["access"]))
    world.policy(policy('foreign = "adopt"\nkinds = ["access"]'))
    facts.ends("without a history: plan", 0, world.plan(), "2 left alone")
    began = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 7200))
    (world.folder / "state.json").write_text(json.dumps({"version": 1, "began": began, "logs": [], "refused": []}))
    before = world.everything()
    facts.ends("with a history: plan", 1, world.plan(), "2 to enable")
    facts.ends("with a history: apply", 0, world.apply(), "2 written")
    # Taken back once, and once more.
    world.set(fleet[0], on("others", "theirs", ["access"]))
    facts.ends("taken back: plan", 1, world.plan(), "1 to enable")
    facts.ends("taken back: apply", 0, world.apply(), "1 written")
    world.set(fleet[0], on("others", "theirs", ["access"]))
    facts.ends("taken back again: plan", 0, world.plan(), "1 contended", "undone 2 times")
    after = before | {(fleet[1].name, key): value for key, value in on(BUCKET, "eks", ["access"]).items()}
    facts.same("attributes afterwards", after, world.everything())


def kills(world: World, facts: Facts) -> None:
    """Killed at any moment and started again, it ends with everything switched on and nothing else changed."""
    fleet = world.make(of_ingresses(8))
    world.open_buckets()
    world.policy(policy())
    before = world.everything()
    # A request is done at once and answered later: many die between.
    world.tell("delay", action=MODIFY, seconds=0.25)
    chance = random.Random(SEED)
    unanswered, killed = 0, 0
    for number in range(KILLS):
        planned = world.plan()
        if planned.code == 0:
            break
        facts.ends(f"plan before kill {number}", 1, planned)
        asked = len(world.calls(MODIFY))
        with Running(world, "reconcile", "apply", "plan.json") as apply:
            # Once it writes, at any moment of the next two writes.
            until(lambda asked=asked: len(world.calls(MODIFY)) > asked or apply.process.poll() is not None)
            time.sleep(chance.uniform(0, 0.8))
            killed += apply.process.poll() is None
        history = world.folder / "state.json"
        attempts = [attempt for entry in json.loads(history.read_text())["logs"] for attempt in entry["attempts"]]
        unanswered += any(attempt["outcome"] is None for attempt in attempts)
    facts.holds("killed several times", killed >= 4)
    facts.holds("killed between a request and its answer", unanswered > 0)
    world.tell("allow")
    last = world.plan()
    facts.ends("last plan", last.code, last)
    if last.code == 1:
        facts.ends("last apply", 0, world.apply())
    facts.ends("plan when all is done", 0, world.plan(), "24 enabled")
    after = before | {(each.name, key): value for each in fleet for key, value in on(BUCKET, "eks").items()}
    facts.same("attributes afterwards", after, world.everything())
    facts.same(
        "keys that were ever sent", set(), {key for call in world.calls(MODIFY) for key in modified(call)} - NINE
    )
    writes = Counter((call["parameters"]["LoadBalancerArn"], min(modified(call))) for call in world.calls(MODIFY))
    facts.holds("at most three writes a log", max(writes.values()) <= 3)
    facts.same("what was done is not done again", {1}, set(writes.values()))
