#include "sidecars/vaas_registrar/backend_record.h"

#include <gtest/gtest.h>

namespace mesos_executor::vaas {
namespace {

TEST(BackendRecordTest, GivesBackWhatWasWritten) {
  const std::vector<RememberedBackend> backends = {{{"web", "10.0.0.7", 80}, std::nullopt},
                                                   {{"admin", "10.0.0.7", 65535}, 12345678901}};
  const std::string record = WriteRecord(backends);
  EXPECT_EQ(record, R"({"backends":[{"director":"web","address":"10.0.0.7","port":80},)"
                    R"({"director":"admin","address":"10.0.0.7","port":65535,"id":12345678901}]})");
  const auto read = ReadRecord(record);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, backends);
  EXPECT_TRUE(ReadRecord(WriteRecord({}))->empty());
}

TEST(BackendRecordTest, AnythingElseIsAnError) {
  for (const char* bad : {"", "[]", "{}", R"({"backends":{}})", R"({"backends":[1]})",
                          R"({"backends":[{"director":"web","address":"10.0.0.7"}]})",
                          R"({"backends":[{"director":"","address":"10.0.0.7","port":80}]})",
                          R"({"backends":[{"director":"web","address":1,"port":80}]})",
                          R"({"backends":[{"director":"web","address":"a","port":65536}]})",
                          R"({"backends":[{"director":"web","address":"a","port":0}]})",
                          R"({"backends":[{"director":"web","address":"a","port":80,"id":"5"}]})",
                          R"({"backends":[{"director":"web","address":"a","port":80,"id":-5}]})"}) {
    EXPECT_EQ(ReadRecord(bad).status().code(), absl::StatusCode::kInvalidArgument) << bad;
  }
}

}  // namespace
}  // namespace mesos_executor::vaas
