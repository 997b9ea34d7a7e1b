import os

# The matrices here are small: OpenBLAS's threads only wait for each other, 90 ms for what takes one
# thread 3 ms. It reads this once, when numpy is first imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
