"""Several who do something at one moment, each with a connection of their own."""

import threading
from collections.abc import Callable

from django.db import connections

from lib.faults import Faults

DONE = "done"


def together(*works: Callable[[], object]) -> list[str]:
    """What each came to: "done", the code it was refused with, or what else went wrong; sorted."""
    barrier, outcomes = threading.Barrier(len(works)), []

    def run(work: Callable[[], object]) -> None:
        try:
            barrier.wait()
            work()
            outcomes.append(DONE)
        except Faults as refused:
            outcomes.append(refused.faults[0].code)
        except Exception as error:
            outcomes.append(repr(error))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)
