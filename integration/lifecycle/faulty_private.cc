// A faulty sidecar as a private one: `faulty_private FAULT BEFORE PHASE --private FD ...`, each a
// number.
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "integration/lifecycle/faulty_sidecar.h"

int main(int argc, char** argv) {
  namespace lifecycle = mesos_executor::lifecycle;
  if (argc < 6) return 2;
  mesos_executor::UniqueFd connection(atoi(argv[5]));
  const int watched = fcntl(connection.get(), F_DUPFD_CLOEXEC, 0);
  lifecycle::FaultySidecar sidecar(static_cast<lifecycle::Fault>(atoi(argv[1])),
                                   static_cast<lifecycle::v1::Phase>(atoi(argv[2])),
                                   static_cast<lifecycle::v1::Phase>(atoi(argv[3])));
  sidecar.ServeOnly(std::move(connection));
  // However faulty, it doesn't outlive its supervisor: the test would have to look for it.
  pollfd end = {.fd = watched, .events = POLLRDHUP};
  poll(&end, 1, -1);
  _exit(0);
}
