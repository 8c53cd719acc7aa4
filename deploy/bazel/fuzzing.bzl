"""Fuzz targets: what must stand any bytes from outside."""

def cc_fuzz_test(name, srcs, deps, seeds, size = "small"):
    """A test that feeds its seeds, whole and cut, to LLVMFuzzerTestOneInput() in srcs.

    With --config=fuzz it is a libFuzzer binary instead, which deploy/fuzz runs.

    Args:
      name: the test.
      srcs: one of them defines LLVMFuzzerTestOneInput().
      deps: what it tests.
      seeds: files to begin with: one of each kind that the code tells apart. What deploy/fuzz finds is added to them.
      size: of the test.
    """
    native.cc_test(
        name = name,
        size = size,
        srcs = srcs,
        args = ["$(rootpaths %s)" % seed for seed in seeds],
        data = seeds,
        # What is refused is logged, thousands of times.
        env = {"GLOG_minloglevel": "3"},
        linkopts = select({
            "//deploy/bazel:fuzzing": ["-fsanitize=fuzzer"],
            "//conditions:default": [],
        }),
        tags = ["fuzz"],
        deps = deps + select({
            "//deploy/bazel:fuzzing": [],
            "//conditions:default": ["//deploy/bazel:seeds_main"],
        }),
    )
