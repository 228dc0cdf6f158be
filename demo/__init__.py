"""Kommuneby: a pretend municipal web with known truth.

In: one seed number and sizes. Out: pages, their truth and a loopback server
(`demo.kommuneby`, `demo.server`). It knows nothing of the crawler, the corpus or the training, and no
stage imports it.
"""
