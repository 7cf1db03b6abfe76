import sys
from pathlib import Path

from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / 'tests'), str(ROOT / 'tests' / 'webui')]

settings.register_profile('any machine', deadline=None)  # timings belong in the benchmark
settings.load_profile('any machine')
