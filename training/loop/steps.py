"""The training loop, in plain torch.

In: a model, its optimizer, a token file with what an epoch is made of, the configuration and where to begin. Out: the
trained model, lines of metrics, calls to evaluate and to save. Order, masks and dropout depend on seed and step only,
so a resumed run does what an undisturbed one does, bit for bit. Does not score, write files or know corpora.

Not the HF Trainer: its gradients are wrong for these models under accumulation and on several GPUs, and its resume is
not exact (docs/explanation/training.md).
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Protocol

from foundation.progress import progress
from training.config import TrainingConfig
from training.devices import peak_gib
from training.feeding.batches import Tokens, gather
from training.feeding.draws import Purpose, StepDraws
from training.feeding.masking import MaskedSentences, Vocabulary, mask_tokens
from training.feeding.order import BatchOrder, Mixture, steps_per_epoch
from training.feeding.tokens import TokenFile
from training.loop.checkpoint import Position
from training.loop.interruption import interruption
from training.loop.optimizer import learning_rate_share
from training.loop.updating import Learner
from training.loop.window import Speed, Window
from training.telling.sample import decoded_sample

log = logging.getLogger(__name__)


class Order(Protocol):
    """Which sentences a step sees, and how many steps go over all of them once."""

    @property
    def steps_per_epoch(self) -> float: ...

    def sentences_of(self, step: int) -> Tokens: ...


@dataclass(frozen=True, kw_only=True)
class Course:
    """What is trained on, and in which order."""

    tokens: TokenFile
    mixture: Mixture
    config: TrainingConfig

    @property
    def num_steps(self) -> int:
        """Optimizer steps of the whole run."""
        by_epochs = self.config.epochs * steps_per_epoch(
            self.mixture.num_sentences, self.config.train_batch_sentences
        )
        return by_epochs if self.config.max_steps is None else self.config.max_steps

    def order(self) -> Order:
        return BatchOrder(
            seed=self.config.seed, mixture=self.mixture, batch_sentences=self.config.train_batch_sentences
        )

    @cached_property
    def _mask_draws(self) -> StepDraws:
        return StepDraws(self.config.seed, Purpose.MASK)

    def masked(self, vocabulary: Vocabulary, indexes: Tokens, step: int) -> MaskedSentences:
        """The sentences of a step with some words hidden."""
        return mask_tokens(
            gather(self.tokens.tokens, self.tokens.offsets, indexes), vocabulary,
            self._mask_draws.at(step), self.config.mlm_probability,
            whole_words=self.config.whole_words,
        )  # fmt: skip

    def sample(self, tokenizer: Any, masked: MaskedSentences) -> str:
        """The first sentence of a step in letters, and what is hidden in it, for the log."""
        return decoded_sample(tokenizer, masked)


@dataclass(frozen=True, kw_only=True)
class OnTheWay:
    """What the loop calls.

    Attributes:
        write_metrics: a line of numbers.
        save: write a checkpoint.
        evaluate: gives loss and top-1 on validation sentences.
        is_over: whether the time that was given is up.
        speed: what the speed is held against.
    """

    write_metrics: Callable[[dict[str, Any]], None]
    save: Callable[[Position], None]
    evaluate: Callable[[], tuple[float, float]]
    is_over: Callable[[], bool]
    speed: Speed


def run_steps(updater: Learner, course: Course, start: Position, way: OnTheWay) -> Position:
    """Train from `start` to the end. Straight-line on purpose: this is the whole of training.

    Raises:
        BrokenRunError: a loss is no longer a number, or memory is too short.
        KeyboardInterrupt: the user stopped the run, or its time is up; it was saved first.
    """
    config, num_steps, order, group = course.config, course.num_steps, course.order(), updater.group
    trainee, position = updater.trainee, start
    trainee.model.train()
    window = Window(course.tokens, group, way.speed)
    with progress("training", unit="steps", total=num_steps) as meter, interruption() as is_asked_to_stop:
        meter.show(position.step, num_steps)
        while position.step < num_steps:
            step = position.step
            indexes = order.sentences_of(step)
            masked = course.masked(trainee.vocabulary, indexes, step)
            if step == start.step and not config.privacy.is_on:
                log.info("what the model sees: %s", course.sample(trainee.tokenizer, masked))
            rate = config.optimizer.learning_rate * learning_rate_share(step, num_steps, config.schedule)
            for options in updater.optimizer.param_groups:
                options["lr"] = rate

            update = updater.update(masked, step)

            window.add(step, update, masked, indexes)
            step += 1
            position = replace(
                position, step=step, num_tokens=position.num_tokens + len(masked.inputs),
                physical_batch_tokens=updater.forced_batch_tokens,
            )  # fmt: skip
            is_due = step % config.log_steps == 0
            # several processes stop together, and ask each other only now and then
            must_stop = (group.world == 1 or is_due) and group.agrees(is_asked_to_stop() or way.is_over())
            must_evaluate = config.eval_steps is not None and step % config.eval_steps == 0
            must_save = step % config.checkpoint_steps == 0 or step == num_steps or must_stop
            if not (is_due or must_evaluate or must_save):
                meter.advance()
                continue

            told = window.close()
            way.write_metrics({
                "step": step, "epoch": round(step / order.steps_per_epoch, 3), "lr": rate,
                "tokens": position.num_tokens, **told, "peak_gib": peak_gib(trainee.device),
            } | ({"loss": None} if config.privacy.is_on else {}))  # fmt: skip  # no noise lies over it
            shown = "" if config.privacy.is_on else f"loss {told['loss']:.3f}, "
            meter.show(step, num_steps, f"{shown}{told['tokens_per_s']} tokens/s")
            if must_evaluate:
                loss, top1 = way.evaluate()
                way.write_metrics({"step": step, "validation_loss": loss, "validation_top1": top1})
                if position.best_loss is None or loss < position.best_loss:
                    position, must_save = replace(position, best_step=step, best_loss=loss), True
            if must_save:
                way.save(position)
            if must_stop:
                raise KeyboardInterrupt
            window.begin()
    return position
