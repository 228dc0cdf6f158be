"""What a private head promises beside what was promised before it.

In: the data, the base and the course of a run. Out: what run.json says of its privacy. Where the data are of a corpus,
the runs behind the base count: one that was not private and saw a sentence of it is refused, and what private ones
spent is added. What a base has seen of the user's own files nobody can say here.
"""

from typing import Any

from foundation.places import Places
from training.bases.finding import Base
from training.heads.examples import Data
from training.heads.private_course import PrivateHeadCourse
from training.private.beginning import private_facts
from training.private.chain import earlier_privacy


def promised_facts(data: Data, base: Base, course: PrivateHeadCourse, places: Places) -> dict[str, Any]:
    """Raises ConfigError where the base was trained on some of the same corpus without privacy, or nobody can say."""
    if data.corpus is None:
        return private_facts(course, ())
    corpus_folder = places.corpus(data.corpus["name"])
    return private_facts(course, earlier_privacy(places, base, corpus_folder, course.plan.unit))
