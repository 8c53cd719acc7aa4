"""C++ code from .proto files, by Debian's protoc and gRPC plug-in."""

def _generated(name, srcs, files, extension, flags):
    stems = [src[:-len(".proto")] + extension for src in srcs]
    native.genrule(
        name = name + "_generated",
        srcs = files,
        outs = [stem + suffix for stem in stems for suffix in [".h", ".cc"]],
        cmd = "protoc -I. -I/usr/include " + flags + " " + " ".join([
            native.package_name() + "/" + src
            for src in srcs
        ]),
    )
    return stems

def cc_proto_library_from(name, srcs, deps = [], visibility = None):
    """A cc_library of the messages in srcs.

    Imports and includes are written from the workspace root: "protos/mesos/v1/ids.proto", "protos/mesos/v1/ids.pb.h".

    Args:
      name: the library; name + "_files" holds its .proto files and those of deps.
      srcs: .proto files of this package.
      deps: other targets of this macro.
      visibility: of the library and the files.
    """
    native.filegroup(
        name = name + "_files",
        srcs = srcs + [dep + "_files" for dep in deps],
        visibility = visibility,
    )
    stems = _generated(name, srcs, [":" + name + "_files"], ".pb", "--cpp_out=$(GENDIR)")
    native.cc_library(
        name = name,
        srcs = [stem + ".cc" for stem in stems],
        hdrs = [stem + ".h" for stem in stems],
        copts = ["-w"],
        visibility = visibility,
        deps = deps + ["@debian//:protobuf"],
    )

def cc_grpc_library_from(name, srcs, messages, visibility = None):
    """A cc_library of the services in srcs, whose messages are in the target `messages` (of this package)."""
    stems = _generated(
        name,
        srcs,
        [messages + "_files"],
        ".grpc.pb",
        "--plugin=protoc-gen-grpc=/usr/bin/grpc_cpp_plugin --grpc_out=generate_mock_code=false:$(GENDIR)",
    )
    native.cc_library(
        name = name,
        srcs = [stem + ".cc" for stem in stems],
        hdrs = [stem + ".h" for stem in stems],
        copts = ["-w"],
        visibility = visibility,
        deps = [messages, "@debian//:grpc"],
    )
