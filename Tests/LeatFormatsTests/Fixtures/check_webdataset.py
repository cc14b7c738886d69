"""Reads an archive that Leat wrote with webdataset itself and prints what it finds: `check_webdataset.py FILE`."""

import json
import sys

import webdataset as wds

for sample in wds.WebDataset(sys.argv[1], shardshuffle=False, empty_check=False).decode():
    sample.pop("__url__")
    sample.pop("__local_path__", None)
    print(json.dumps({key: value.tolist() if hasattr(value, "tolist") else list(value) if isinstance(value, bytes)
                      else value for key, value in sorted(sample.items())}))
