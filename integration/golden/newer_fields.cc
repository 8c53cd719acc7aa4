#include "integration/golden/newer_fields.h"

#include "integration/golden/wire.h"

namespace mesos_executor {
namespace {

// A map's entry is a message of a key (1) and a value (2).
std::string MapEntry(int field, const std::string& value) {
  return BytesField(field, BytesField(1, "key") + BytesField(2, value));
}

// A Volume whose source is a CSI volume, with the given AccessMode.Mode. Every second one is a
// block device.
std::string CsiVolume(int access_mode) {
  const std::string mount =
      BytesField(1, "xfs") + BytesField(2, "noatime");                      // fs_type, mount_flags
  const std::string capability = (access_mode % 2 == 0 ? BytesField(1, "")  // block
                                                       : BytesField(2, mount))  // mount
                                 + BytesField(3, NumberField(1, access_mode));  // access_mode.mode
  const std::string secret = NumberField(1, 1);                                 // type: REFERENCE
  const std::string provisioning = BytesField(1, "volume-1")                    // volume_id
                                   + BytesField(2, capability)                  // volume_capability
                                   + MapEntry(3, secret)         // node_stage_secrets
                                   + MapEntry(4, secret)         // node_publish_secrets
                                   + MapEntry(5, "context");     // volume_context
  const std::string csi_volume = BytesField(1, "plugin")         // plugin_name
                                 + BytesField(2, provisioning);  // static_provisioning
  const std::string source = NumberField(1, 5)                   // type: CSI_VOLUME
                             + BytesField(6, csi_volume);        // csi_volume
  return BytesField(1, "/data")                                  // container_path
         + NumberField(3, 1)                                     // mode: RW
         + BytesField(5, source);                                // source
}

}  // namespace

std::string LaunchWithNewerFields() {
  std::string container = NumberField(1, 2);                                          // type: MESOS
  for (int mode = 0; mode <= 5; ++mode) container += BytesField(2, CsiVolume(mode));  // volumes
  const std::string capabilities = NumberField(1, 1038)                               // PERFMON
                                   + NumberField(1, 1039)                             // BPF
                                   + NumberField(1, 1040);  // CHECKPOINT_RESTORE
  container += BytesField(8, BytesField(3, capabilities));  // linux_info.effective_capabilities
  const std::string task = BytesField(1, "task")            // name
                           + BytesField(2, BytesField(1, "task-1"))   // task_id
                           + BytesField(3, BytesField(1, "agent-1"))  // agent_id
                           + BytesField(9, container);                // container
  return NumberField(1, 2)                                            // type: LAUNCH
         + BytesField(4, BytesField(1, task));                        // launch.task
}

}  // namespace mesos_executor
