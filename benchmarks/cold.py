"""Time `import obstore` and the first store, in a process that has imported nothing else.

Run as a script, and it speaks JSON by hand: any module imported here would be one fewer for the
package to pay for.
"""

import sys
import time

start, cpu = time.perf_counter(), time.process_time()

from obstore.store import S3Store  # noqa: E402

S3Store("bkt", region="us-east-1", access_key_id="AKIDEXAMPLE", secret_access_key="secret")
elapsed, cpu = time.perf_counter() - start, time.process_time() - cpu

version = sys.modules["obstore"].__version__
sys.stdout.write(f'{{"version": "{version}"}}\n')
sys.stdout.write(f'{{"amount": 1, "elapsed": {elapsed}, "cpu": {cpu}, "peak": 0, "grown": 0}}\n')
