"""The tarball that agents fetch by URI."""

def _optimised_impl(settings, attr):
    return {"//command_line_option:compilation_mode": "opt"}

_optimised = transition(
    implementation = _optimised_impl,
    inputs = [],
    outputs = ["//command_line_option:compilation_mode"],
)

def _bundle_impl(ctx):
    out = ctx.actions.declare_file(ctx.attr.folder + ".tar.gz")
    binaries = ctx.files.binaries
    files = ctx.files.files
    libraries = ctx.files.libraries

    # Owner, order and time are fixed, so that the same sources give the same bytes.
    ctx.actions.run_shell(
        inputs = binaries + files + libraries,
        outputs = [out],
        command = """
set -eu
folder=$(mktemp -d)
mkdir "$folder/{name}"
cp {files} "$folder/{name}/"
cp {binaries} "$folder/{name}/"
for binary in {binaries}; do
  chmod 755 "$folder/{name}/${{binary##*/}}"
  strip "$folder/{name}/${{binary##*/}}"
done
if [ -n "{libraries}" ]; then
  mkdir "$folder/{name}/lib"
  cp -L {libraries} "$folder/{name}/lib/"
  chmod 644 "$folder/{name}/lib/"*
fi
tar -C "$folder" --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -cf - {name} | gzip -n -9 > {out}
rm -rf "$folder"
""".format(
            name = ctx.attr.folder,
            files = " ".join([f.path for f in files]),
            binaries = " ".join([f.path for f in binaries]),
            libraries = " ".join([f.path for f in libraries]),
            out = out.path,
        ),
        mnemonic = "Bundle",
    )
    return [DefaultInfo(files = depset([out]), runfiles = ctx.runfiles([out]))]

bundle = rule(
    implementation = _bundle_impl,
    doc = "FOLDER.tar.gz: one folder with optimised, stripped binaries, the libraries in lib/ that they need, and other files.",
    attrs = {
        "binaries": attr.label_list(cfg = _optimised, mandatory = True),
        "files": attr.label_list(allow_files = True),
        "folder": attr.string(mandatory = True),
        "libraries": attr.label_list(allow_files = True),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
    },
)
