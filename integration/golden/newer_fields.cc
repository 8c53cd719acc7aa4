#include "integration/golden/newer_fields.h"

#include <cstdint>

#include "integration/golden/wire.h"

namespace mesos_executor {
namespace {

// A map's entry is a message of a key (1) and a value (2).
std::string MapEntry(int field, const std::string& value) {
  return BytesField(field, BytesField(1, "key") + BytesField(2, value));
}

// A Volume whose source is a CSI volume, with the given AccessMode.Mode. Every second one is a
// block device.
std::string CsiVolume(uint64_t access_mode) {
  const std::string access =
      access_mode % 2 == 0 ? BytesField(/*block*/ 1, "")
                           : BytesField(/*mount*/ 2, BytesField(/*fs_type*/ 1, "xfs") +
                                                         BytesField(/*mount_flags*/ 2, "noatime"));
  const std::string secret = NumberField(/*type*/ 1, /*REFERENCE*/ 1);
  const std::string provisioning =
      BytesField(/*volume_id*/ 1, "volume-1") +
      BytesField(/*volume_capability*/ 2,
                 access + BytesField(/*access_mode*/ 3, NumberField(/*mode*/ 1, access_mode))) +
      MapEntry(/*node_stage_secrets*/ 3, secret) + MapEntry(/*node_publish_secrets*/ 4, secret) +
      MapEntry(/*volume_context*/ 5, "context");
  const std::string csi_volume =
      BytesField(/*plugin_name*/ 1, "plugin") + BytesField(/*static_provisioning*/ 2, provisioning);
  return BytesField(/*container_path*/ 1, "/data") + NumberField(/*mode*/ 3, /*RW*/ 1) +
         BytesField(/*source*/ 5, NumberField(/*type*/ 1, /*CSI_VOLUME*/ 5) +
                                      BytesField(/*csi_volume*/ 6, csi_volume));
}

}  // namespace

std::string LaunchWithNewerFields() {
  std::string volumes;
  for (uint64_t mode = 0; mode <= 5; ++mode) volumes += BytesField(/*volumes*/ 2, CsiVolume(mode));
  const std::string capabilities = NumberField(/*capabilities*/ 1, /*PERFMON*/ 1038) +
                                   NumberField(/*capabilities*/ 1, /*BPF*/ 1039) +
                                   NumberField(/*capabilities*/ 1, /*CHECKPOINT_RESTORE*/ 1040);
  const std::string linux_info = BytesField(/*effective_capabilities*/ 3, capabilities);
  const std::string task =
      BytesField(/*name*/ 1, "task") +
      BytesField(/*task_id*/ 2, BytesField(/*value*/ 1, "task-1")) +
      BytesField(/*agent_id*/ 3, BytesField(/*value*/ 1, "agent-1")) +
      BytesField(/*container*/ 9, NumberField(/*type*/ 1, /*MESOS*/ 2) + volumes +
                                      BytesField(/*linux_info*/ 8, linux_info));
  return NumberField(/*type*/ 1, /*LAUNCH*/ 2) +
         BytesField(/*launch*/ 4, BytesField(/*task*/ 1, task));
}

}  // namespace mesos_executor
