#include "supervisor/spool/spool_offer.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <filesystem>
#include <functional>

#include "supervisor/base/descriptor_datagram.h"
#include "supervisor/event_loop/asio_event_loop.h"

namespace mesos_executor::spool {
namespace {

// The supervisor, on a real loop; the shipper is the test's own hands.
class SpoolOfferTest : public testing::Test {
 protected:
  SpoolOfferTest() {
    alarm(60);
    std::string pattern = "/tmp/offer.XXXXXX";
    folder_ = mkdtemp(pattern.data());
    path_ = folder_ + "/shipper.fds";
  }
  ~SpoolOfferTest() override {
    std::filesystem::remove_all(folder_);
    alarm(0);
  }

  void Listen() {
    std::filesystem::remove(path_);
    listening_ = UniqueFd(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    sockaddr_un address = {.sun_family = AF_UNIX};
    path_.copy(address.sun_path, path_.size());
    ASSERT_EQ(bind(listening_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    ASSERT_EQ(listen(listening_.get(), 4), 0);
  }

  // Waits for a connection with the spools in it, and keeps it.
  UniqueFd Take() {
    const auto watch = loop_.WatchReadable(listening_.get(), [&] { loop_.Stop(); });
    Run();
    UniqueFd connection(accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    ExpectSpools(connection.get());
    return connection;
  }

  void ExpectSpools(int connection) const {
    const auto datagram = ReceiveDatagram(connection);
    ASSERT_TRUE(datagram.ok()) << datagram.status();
    EXPECT_EQ(datagram->bytes, "message");
    ASSERT_EQ(datagram->descriptors.size(), 1u);
    struct stat sent, received;
    ASSERT_EQ(fstat(spool_.get(), &sent), 0);
    ASSERT_EQ(fstat(datagram->descriptors[0].get(), &received), 0);
    EXPECT_EQ(received.st_ino, sent.st_ino);
  }

  void RunUntilHeldIs(bool held) {
    until_ = [this, held] { return offer_.held() == held; };
    if (!until_()) Run();
    until_ = nullptr;
  }

  void Run() {
    loop_.io_context().restart();
    loop_.Run();
  }

  AsioEventLoop loop_;
  std::string folder_, path_;
  UniqueFd listening_;
  const UniqueFd spool_{memfd_create("spool", MFD_CLOEXEC)};
  std::function<bool()> until_;
  SpoolOffer offer_{&loop_, "message", {spool_.get()}, [this] {
                      if (until_ && until_()) loop_.Stop();
                    }};
};

TEST_F(SpoolOfferTest, AShipperHoldsTheSpoolsAsLongAsItsConnection) {
  Listen();
  EXPECT_FALSE(offer_.held());
  offer_.Attached(path_);
  EXPECT_TRUE(offer_.held());
  UniqueFd shipper = Take();
  offer_.Detached();
  EXPECT_TRUE(offer_.held()) << "it still has them";
  shipper.Reset();
  RunUntilHeldIs(false);
}

TEST_F(SpoolOfferTest, AShipperThatAttachesAgainIsSentThemOnlyIfItLostThem) {
  Listen();
  offer_.Attached(path_);
  UniqueFd shipper = Take();
  offer_.Attached(path_);
  // A second connection would be in the queue by now.
  EXPECT_EQ(accept(listening_.get(), nullptr, nullptr), -1);
  offer_.Detached();
  shipper.Reset();
  RunUntilHeldIs(false);
  offer_.Attached(path_);
  EXPECT_TRUE(offer_.held());
  Take();
}

TEST_F(SpoolOfferTest, ASuccessorIsSentThemOnceItsPredecessorHasLetGo) {
  Listen();
  offer_.Attached(path_);
  UniqueFd predecessor = Take();
  offer_.Attached(path_);
  predecessor.Reset();
  const UniqueFd successor = Take();
  RunUntilHeldIs(true);
}

TEST_F(SpoolOfferTest, ASocketThatIsNotThereYetIsTriedAgain) {
  offer_.Attached(path_);
  EXPECT_FALSE(offer_.held());
  Listen();
  const UniqueFd shipper = Take();
  EXPECT_TRUE(offer_.held());
}

TEST_F(SpoolOfferTest, APrivateShipperFindsThemInItsConnection) {
  auto connection = offer_.Connection();
  ASSERT_TRUE(connection.ok()) << connection.status();
  EXPECT_TRUE(offer_.held());
  ExpectSpools(connection->get());
  connection->Reset();
  RunUntilHeldIs(false);
  EXPECT_TRUE(offer_.Connection().ok()) << "it is started again";
}

TEST_F(SpoolOfferTest, APathThatIsTooLongIsNoSocket) {
  offer_.Attached(std::string(200, 'x'));
  EXPECT_FALSE(offer_.held());
}

}  // namespace
}  // namespace mesos_executor::spool
