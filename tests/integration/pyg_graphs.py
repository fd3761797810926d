"""PyTorch Geometric: cells and an LSTM that are stepped, where each step reads other nodes' states.

The package brings its models and no trainer: the loop is the ordinary one.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn
from torch_geometric.nn import AttentiveFP, GatedGraphConv, Set2Set

from tests.integration.check import check, recording

NODES, EDGES = 12, 40
Forward = Callable[[nn.Module], Tensor]


def training(make: Callable[[], nn.Module], forward: Forward) -> Callable[[Path | None], nn.Module]:
    def train(log: Path | None) -> nn.Module:
        model = make()
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
        with recording(model, log) as recorder:
            for step in range(4):
                optimizer.zero_grad()
                forward(model).square().mean().backward()
                recorder.step(step)
                optimizer.step()
        return model

    return train


def nodes() -> Tensor:
    return torch.randn(NODES, 8)


def edges() -> Tensor:
    return torch.randint(NODES, (2, EDGES))


if __name__ == "__main__":
    graph = torch.arange(NODES) // 4  # three of four nodes each
    gated = training(lambda: GatedGraphConv(8, num_layers=5), lambda m: m(nodes(), edges()))
    attentive = training(
        lambda: AttentiveFP(8, 16, 1, edge_dim=3, num_layers=3, num_timesteps=4, dropout=0.1),
        lambda m: m(nodes(), edges(), torch.randn(EDGES, 3), graph),
    )
    pooled = training(lambda: Set2Set(8, processing_steps=4), lambda m: m(nodes(), graph))
    steps_of_nodes = ["gru/cell", "atom_grus.0/cell", "atom_grus.1/cell", "mol_gru/cell"]
    passed = [
        check("GatedGraphConv", gated, ["rnn/cell"]),
        check("AttentiveFP", attentive, steps_of_nodes),
        check("Set2Set", pooled, ["lstm/l0"]),
    ]
    sys.exit(not all(passed))
