"""How many requests one process of the web answers at once, and how many of them may wait for somebody else."""

THREADS = 16
MAX_WAITING = THREADS // 2  # for predictions and foreign web servers; the others keep answering
