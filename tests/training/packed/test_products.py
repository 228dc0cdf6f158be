"""oneDNN's products are torch's, forward and backward, for every form in which a linear layer is called."""

import pytest
import torch
import torch.nn.functional as F

from training.packed.products import OneDnnProducts


@pytest.mark.parametrize("has_bias", [True, False])
@pytest.mark.parametrize("shape", [(7, 12), (1, 7, 12), (2, 3, 12), (1, 12)])
def test_products_and_gradients_are_those_of_torch(shape: tuple[int, ...], has_bias: bool) -> None:
    torch.manual_seed(0)
    inputs, weight = torch.randn(shape), torch.randn(5, 12)
    bias = torch.randn(5) if has_bias else None
    results = []
    for mode in (None, OneDnnProducts()):
        given = [each.clone().requires_grad_() if each is not None else None for each in (inputs, weight, bias)]
        if mode is None:
            output = F.linear(*given)
        else:
            with mode:
                output = torch.nn.functional.linear(*given)
            assert "_Linear" in str(output.grad_fn)
        output.square().sum().backward()
        results.append([output, *(each.grad for each in given if each is not None)])
    for usual, ours in zip(*results, strict=True):
        torch.testing.assert_close(ours, usual, rtol=1e-5, atol=1e-5)


def test_only_what_needs_a_gradient_gets_one() -> None:
    layer = torch.nn.Linear(4, 3).requires_grad_(False)
    inputs = torch.randn(2, 4, requires_grad=True)
    with OneDnnProducts():
        layer(inputs).sum().backward()
    assert inputs.grad is not None
    assert layer.weight.grad is None


def test_other_precisions_are_left_to_torch() -> None:
    with OneDnnProducts():
        output = F.linear(torch.randn(2, 4, dtype=torch.float64, requires_grad=True), torch.randn(3, 4).double())
    assert "_Linear" not in str(output.grad_fn)


def test_a_product_of_nothing_is_nothing() -> None:
    layer = torch.nn.Linear(4, 3)
    with OneDnnProducts():
        output = layer(torch.empty(0, 4, requires_grad=True))
    output.sum().backward()
    assert (output.shape, layer.weight.grad.abs().sum()) == ((0, 3), 0)
