#include "sidecars/runtime/socket_peer.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervisor/event_loop/asio_event_loop.h"

namespace mesos_executor::sidecar {
namespace {

TEST(CheckPeerTest, PeersWithoutANameHereAreRefused) {
  constexpr uid_t kNobody = 65534;
  struct Case {
    pid_t pid;
    uid_t uid;
    bool all_mapped;
    bool known;
  };
  for (const Case& c : {Case{1, 0, true, true}, Case{1, 1000, false, true}, Case{0, 0, true, false},
                        Case{1, kNobody, true, true}, Case{1, kNobody, false, false},
                        Case{1, static_cast<uid_t>(-1), true, false}}) {
    EXPECT_EQ(CheckPeer(c.pid, c.uid, c.all_mapped, kNobody).ok(), c.known)
        << c.pid << " " << c.uid;
  }
}

// Two ends of one socketpair: the peer of both is the process that made it.
struct Pair {
  Pair() {
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    ours = UniqueFd(ends[0]);
    theirs = UniqueFd(ends[1]);
  }
  UniqueFd ours, theirs;
};

TEST(SocketPeerTest, ItIsWhoTheKernelSaysAndThatIsGoodEnough) {
  const Pair pair;
  const auto peer = SocketPeer::Of(pair.ours.get());
  ASSERT_TRUE(peer.ok()) << peer.status();
  EXPECT_EQ((*peer)->uid(), getuid());
  EXPECT_TRUE((*peer)->CheckKnown().ok());
}

TEST(SocketPeerTest, SomethingThatIsNoSocketIsAnError) { EXPECT_FALSE(SocketPeer::Of(-1).ok()); }

TEST(SocketPeerTest, TheDeathOfTheProcessThatConnectedIsSeenAlthoughTheConnectionIsOpen) {
  // An abstract address of the kernel's choice (unix(7), autobind).
  const UniqueFd listener(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  ASSERT_EQ(bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof(sa_family_t)), 0);
  ASSERT_EQ(listen(listener.get(), 1), 0);
  socklen_t size = sizeof(address);
  ASSERT_EQ(getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);

  // We hold the client's descriptor as well, so that only the process ends.
  const UniqueFd client(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (connect(client.get(), reinterpret_cast<sockaddr*>(&address), size) != 0) _exit(1);
    pause();
  }
  ASSERT_GT(child, 0);
  const UniqueFd accepted(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  const auto peer = SocketPeer::Of(accepted.get());
  ASSERT_TRUE(peer.ok());

  AsioEventLoop loop;
  // One peer may speak for many tasks.
  int seen = 0;
  std::unique_ptr<Pending> watches[2];
  for (auto& watch : watches) {
    watch = (*peer)->WatchDeath(loop, [&] {
      watch.reset();
      if (++seen == 2) loop.Stop();
    });
    ASSERT_NE(watch, nullptr);
  }
  ASSERT_EQ(kill(child, SIGKILL), 0);
  loop.Run();
  EXPECT_EQ(waitpid(child, nullptr, 0), child);
}

}  // namespace
}  // namespace mesos_executor::sidecar
