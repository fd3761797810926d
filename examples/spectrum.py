"""Study: a recurrent matrix whose eigenvalues are known. The gradient decays as theory says.

Back from step to step, the gradient of a loss is multiplied by the Jacobian of the step: by W
where the recurrence is linear, by diag(1 - h²) W in a tanh RNN. So it changes by |λ| a step where
all eigenvalues of a normal W have that modulus; in the long run where one eigenvalue dominates;
and by less than that where tanh bends. "Step" 90 of a run has a spectral radius of 0.9.

    python examples/spectrum.py
    tensorboard --logdir runs/spectrum
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import torch
from study import Array, command_line, table
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter
from tqdm import tqdm

import rnnbow_plugin as rnnbow

SEQUENCES, CELLS, HIDDEN = 1, 64, 8
LINEAR = 1e-8  # inputs so small that tanh is the identity
HEAD = [
    *(
        "W",
        "spectral radius",
        "fitted lags",
        "factor a lag, `nn.RNN`",
        "factor a lag, loop",
        "off the radius by",
    ),
    "largest error of an item",
]
SHOWN = (50, 90, 100, 110)  # in the table


def matrices() -> dict[str, tuple[Tensor, int]]:
    """By name: W of spectral radius 1, and the lag from which on its decay is fitted."""
    turn = nn.init.orthogonal_(torch.empty(HIDDEN, HIDDEN))
    one_leads = torch.diag(torch.tensor([1.0, -0.7, 0.6, 0.5, -0.4, 0.3, 0.2, 0.1]))
    # Pairs of equal eigenvalues that share one eigenvector: as far from normal as it gets.
    jordan = torch.eye(HIDDEN) + torch.diag(torch.tensor([1.0, 0, 1, 0, 1, 0, 1]), 1)
    return {
        "orthogonal": (turn, 0),
        "symmetric": (turn @ one_leads @ turn.T, 20),
        "jordan": (turn @ jordan @ turn.T, 20),
    }


def by_layer(W: Tensor, x: Tensor, probe: Tensor) -> tuple[rnnbow.ItemizedGradients, Array]:
    """Items of an `nn.RNN`, and the slopes 1 - h² of its tanh."""
    rnn = nn.RNN(HIDDEN, HIDDEN, bias=False, batch_first=True)
    rnn.load_state_dict({"weight_hh_l0": W, "weight_ih_l0": torch.eye(HIDDEN)})
    with rnnbow.capture(rnn) as captured:
        h, _ = rnn(x)
        (h * probe).sum().backward()
    return captured.itemize()["rnn/l0"], (1 - h.detach() ** 2).numpy()


def by_loop(W: Tensor, x: Tensor, probe: Tensor) -> rnnbow.ItemizedGradients:
    """Items of a linear recurrence written as a loop, through autograd."""
    h, states, losses = torch.zeros(SEQUENCES, HIDDEN), [], []
    for x_j, probe_j in zip(x.requires_grad_().unbind(1), probe.unbind(1), strict=True):
        h = h @ W.T + x_j
        states.append(h)
        losses.append((h * probe_j).sum())
    return rnnbow.itemize_losses(losses, states, tag="loop")


def theory(W: Array, slopes: Array, probe: Array) -> Array:
    """‖δ_t J_t J_{t-1} ... J_{j+1}‖ by multiplying it out: [N, T, K] as in ItemizedGradients."""
    norms = np.zeros((SEQUENCES, CELLS, CELLS))
    for t in range(CELLS):
        gradient = probe[:, t]
        for j in range(t, -1, -1):
            norms[:, j, t - j] = np.linalg.norm(gradient, axis=-1)
            gradient = (gradient * slopes[:, j]) @ W
    return norms


def decay(items: Array, first: int) -> float:
    """The factor from lag to lag, by the rule of the page's half-life: see docs/rules.md."""
    counts = (items != 0).sum((0, 1))[first:]
    means = items.sum((0, 1))[first:] / counts
    slope, _ = np.polyfit(np.arange(first, CELLS), np.log(means), 1, w=np.sqrt(counts))
    return float(np.exp(slope))


@dataclass(frozen=True)
class Case:
    """One record of the log."""

    run: str
    matrix: str
    size: float  # of the inputs
    hundredths: int  # of the spectral radius

    @property
    def radius(self) -> float:
        """The largest modulus of an eigenvalue."""
        return self.hundredths / 100


def cases(quick: bool) -> list[Case]:
    """Linear ones of each matrix, and a tanh that bends."""
    kinds = [(name, name, LINEAR) for name in matrices()] + [("bent", "orthogonal", 1.0)]
    radii = SHOWN if quick else range(50, 111, 5)
    return [Case(*kind, hundredths) for kind in kinds for hundredths in radii]


@dataclass(frozen=True)
class Measured:
    """What a case gave."""

    case: Case
    first: int  # lag that was fitted
    decays: list[float]
    error: float  # the largest of an item, relative

    @property
    def off(self) -> float:
        """How far the decay is from the spectral radius, relative."""
        return max(abs(one / self.case.radius - 1) for one in self.decays)

    def row(self) -> list[str]:
        """Of the table."""
        layer, *loop = (f"{one:.5f}" for one in self.decays)
        return [
            *(self.case.run, f"{self.case.radius:.2f}", f"{self.first} to {CELLS - 1}"),
            *(layer, "".join(loop), f"{self.off:.0e}", f"{self.error:.0e}"),
        ]


def measure(case: Case, seed: int, writer: SummaryWriter) -> Measured:
    """Log the items of a case, and compare them with theory."""
    torch.manual_seed(seed)  # the same matrix, inputs and losses in all cases
    W, first = matrices()[case.matrix]
    W = W * case.radius
    x = case.size * torch.randn(SEQUENCES, CELLS, HIDDEN)
    probe = nn.functional.normalize(torch.randn(SEQUENCES, CELLS, HIDDEN), dim=-1)
    layer, slopes = by_layer(W, x, probe)
    found = [(layer, slopes)]
    if case.size == LINEAR:
        found.append((by_loop(W, x, probe), np.ones_like(slopes)))
    decays, errors = [], []
    for items, slopes in found:
        rnnbow.add_rnnbow(writer, items, case.hundredths, element_type="float32")
        hidden, expected = items.hidden.numpy(), theory(W.numpy(), slopes, probe.numpy())
        there = expected != 0
        errors.append(float(np.abs(hidden[there] / expected[there] - 1).max()))
        decays.append(decay(hidden, first))
    return Measured(case, first, decays, max(errors))


def summary(measured: Sequence[Measured]) -> str:
    """Over all radii, those included that the table leaves out."""
    lines = []
    for run in dict.fromkeys(one.case.run for one in measured):
        of_run = [one for one in measured if one.case.run == run]
        off = [one.off for one in of_run]
        lines.append(
            f"- {run}: {len(of_run)} spectral radii from {of_run[0].case.radius:.2f} to "
            f"{of_run[-1].case.radius:.2f}, off the radius by {min(off):.0e} to {max(off):.0e}; "
            f"largest error of an item {max(one.error for one in of_run):.0e}"
        )
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure all cases, and print them as Markdown. Returns the exit status."""
    args = command_line(__doc__, "runs/spectrum").parse_args(argv)
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    measured = []
    progress = tqdm(cases(args.quick), unit="case")
    for run, of_run in groupby(progress, key=lambda case: case.run):
        with SummaryWriter(str(args.logdir / run)) as writer:
            measured += [measure(case, args.seed, writer) for case in of_run]
    print(table(HEAD, (one.row() for one in measured if one.case.hundredths in SHOWN)))
    print(f"\n{summary(measured)}\n\nSeed {args.seed}, float64.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
