#!/usr/bin/env bash
# Makes the Python environments that the peers run in: DIR/tf with Keras on TensorFlow and JAX (about 3 GB), DIR/pt with
# PyTorch (about 1 GB, on the processor only), DIR/ld with the loaders beside these (about 2 GB).
#
#   setup.sh DIR [tf|pt|ld]
set -euo pipefail

directory=${1:?usage: setup.sh DIR [tf|pt|ld]}
which=${2:-all}

# environment NAME PACKAGE...: a virtual environment with the packages.
environment() {
    local path="$directory/$1"
    shift
    [[ -x "$path/bin/python" ]] || python3 -m venv "$path"
    "$path/bin/pip" install --quiet --upgrade pip
    "$path/bin/pip" install --quiet "$@"
}

mkdir -p "$directory"
case $which in tf | all) environment tf tensorflow-cpu==2.21.0 keras==3.15.1 jax==0.10.2 numpy ;; esac
case $which in pt | all) environment pt torch==2.15.0 numpy ;; esac
case $which in ld | all)
    environment ld torch==2.15.0 mosaicml-streaming==0.13.0 webdataset==1.0.2 grain==0.2.18 \
        array-record==0.8.6 numpy ;;
esac
