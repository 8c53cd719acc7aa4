"""Repositories made from what Debian 12's packages install, so that a build fetches nothing."""

def _rules_cc_impl(ctx):
    # Debian's rules_cc is newer than its Bazel: two files load use_cpp_toolchain, which Bazel 4.2 lacks.
    ctx.execute(["cp", "-rL", "/usr/share/bazel/rules/cc/.", "."])
    for name in ["compiler_flag.bzl", "cc_flags_supplier.bzl"]:
        path = "cc/private/rules_impl/" + name
        ctx.file(path, ctx.read(path)
            .replace(", \"use_cpp_toolchain\"", "")
            .replace("use_cpp_toolchain()", "[\"@bazel_tools//tools/cpp:toolchain_type\"]"))

_rules_cc = repository_rule(implementation = _rules_cc_impl, local = True)

def _no_coverage_impl(ctx):
    # `bazel test` wants these two labels even when no coverage is asked for; without them it tries a download.
    ctx.file("none.sh", "#!/bin/sh\necho 'coverage is not set up in this workspace' >&2\nexit 1\n", executable = True)
    ctx.file("BUILD", """
package(default_visibility = ["//visibility:public"])
sh_binary(name = "coverage_report_generator", srcs = ["none.sh"])
sh_binary(name = "lcov_merger", srcs = ["none.sh"])
""")

_no_coverage = repository_rule(implementation = _no_coverage_impl, local = True)

def debian_repositories():
    native.local_repository(name = "rules_java", path = "/usr/share/bazel/rules/java")
    native.local_repository(name = "rules_proto", path = "/usr/share/bazel/rules/proto")
    native.local_repository(name = "bazel_skylib", path = "/usr/share/bazel/tools/skylib")
    native.local_repository(name = "platforms", path = "/usr/share/bazel/platforms")
    _rules_cc(name = "rules_cc")
    _no_coverage(name = "remote_coverage_tools")
    native.new_local_repository(
        name = "debian",
        path = "/usr",
        build_file = "//deploy/bazel:debian.BUILD",
    )
