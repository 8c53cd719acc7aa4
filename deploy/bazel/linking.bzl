"""How the shipped binaries are linked: they must start on hosts that have none of our libraries."""

# Nothing but the kernel: starts in any image. Resolves no names (libc's NSS would be loaded at run time).
FULLY_STATIC = select({
    "//deploy/bazel:sanitized": [],
    "//conditions:default": ["-static"],
})

# Nothing but libc and libm (.bazelrc links libstdc++ statically everywhere), so that names resolve as the host's admin set
# them up.
STATIC_BUT_LIBC = select({
    "//deploy/bazel:sanitized": [],
    "//conditions:default": ["-static-libgcc"],
})
