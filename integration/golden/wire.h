// Wire bytes by hand, for tests that must not use our own declarations: what a newer agent could
// send. https://developers.google.com/protocol-buffers/docs/encoding
#pragma once

#include <cstdint>
#include <string>

namespace mesos_executor {

// A field with a number or an enum value.
std::string NumberField(int field, uint64_t value);

// A field with text, bytes or a message.
std::string BytesField(int field, const std::string& content);

}  // namespace mesos_executor
