// sink tcp|udp PORT [--numbers] [--file PATH]: takes lines as fast as it can, and counts them.
//
// Listens on 127.0.0.1; prints "port N" when it does. Each line on its stdin is answered by the
// counts so far (tally.h); at the end of its stdin it exits. With a file, whole lines are appended
// to it as they come, and those that are there already count, so that one that was killed can go
// on; a line that its death cut off counts as one.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <string>
#include <string_view>

#include "integration/receiver/tally.h"

namespace mesos_executor::receiver {
namespace {

constexpr size_t kPiece = 256 << 10;
constexpr int kDatagramBuffer = 32 << 20;

[[noreturn]] void Die(const char* what) {
  fprintf(stderr, "sink: %s: %s\n", what, strerror(errno));
  exit(1);
}

class Sink {
 public:
  Sink(bool datagrams, bool numbers) : datagrams_(datagrams), tally_(numbers) {}

  void OpenFile(const char* path) {
    file_ = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    if (file_ < 0) Die(path);
    std::string rest;
    for (ssize_t count; (count = read(file_, buffer_, kPiece)) > 0;) {
      AddWhole(&rest, std::string_view(buffer_, static_cast<size_t>(count)), /*is_new=*/false);
    }
    if (!rest.empty()) {
      rest += '\n';
      tally_.Add(rest);
      if (write(file_, "\n", 1) != 1) Die(path);
    }
  }

  void Listen(int port) {
    listener_ =
        socket(AF_INET, (datagrams_ ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const int on = 1;
    if (datagrams_) {
      // Root may have more than net.core.rmem_max.
      if (setsockopt(listener_, SOL_SOCKET, SO_RCVBUFFORCE, &kDatagramBuffer, sizeof(int)) != 0) {
        setsockopt(listener_, SOL_SOCKET, SO_RCVBUF, &kDatagramBuffer, sizeof(int));
      }
      setsockopt(listener_, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof(on));
    } else {
      setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    }
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof(address);
    if (bind(listener_, generic, size) != 0) Die("bind");
    if (!datagrams_ && listen(listener_, SOMAXCONN) != 0) Die("listen");
    if (getsockname(listener_, generic, &size) != 0) Die("getsockname");
    Say("port " + std::to_string(ntohs(address.sin_port)));
  }

  void Run() {
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    Watch(STDIN_FILENO);
    Watch(listener_);
    for (;;) {
      epoll_event events[16];
      const int count = epoll_wait(epoll_, events, 16, -1);
      for (int i = 0; i < count; ++i) {
        const int fd = events[i].data.fd;
        if (fd == STDIN_FILENO) {
          if (!Answer()) return;
        } else if (fd != listener_) {
          ReadStream(fd);
        } else if (datagrams_) {
          ReadDatagrams();
        } else {
          Accept();
        }
      }
    }
  }

 private:
  static void Say(const std::string& text) {
    printf("%s\n", text.c_str());
    fflush(stdout);
  }

  void Watch(int fd) {
    epoll_event event = {};
    event.events = EPOLLIN;
    event.data.fd = fd;
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) Die("epoll");
  }

  // False at the end.
  bool Answer() {
    const ssize_t count = read(STDIN_FILENO, buffer_, kPiece);
    if (count <= 0) return false;
    auto questions = std::count(buffer_, buffer_ + count, '\n');
    // What has arrived before the question counts.
    if (datagrams_) ReadDatagrams();
    while (questions-- > 0) Say(tally_.counts.Text());
    return true;
  }

  void Accept() {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) return;
    ++tally_.counts.connections;
    rests_[fd];
    Watch(fd);
  }

  void ReadStream(int fd) {
    const ssize_t count = recv(fd, buffer_, kPiece, 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    std::string& rest = rests_[fd];
    if (count > 0) {
      AddWhole(&rest, std::string_view(buffer_, static_cast<size_t>(count)), /*is_new=*/true);
      return;
    }
    // As Logstash does, a last line without a newline is taken when the connection is closed.
    if (count == 0 && !rest.empty()) Take(rest + '\n', /*is_new=*/true);
    rests_.erase(fd);
    close(fd);
  }

  void ReadDatagrams() {
    for (;;) {
      iovec part = {buffer_, kPiece - 1};
      alignas(cmsghdr) char control[CMSG_SPACE(sizeof(uint32_t))];
      msghdr message = {};
      message.msg_iov = &part;
      message.msg_iovlen = 1;
      message.msg_control = control;
      message.msg_controllen = sizeof(control);
      const ssize_t count = recvmsg(listener_, &message, 0);
      if (count < 0) return;
      for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
        uint32_t overruns = 0;
        memcpy(&overruns, CMSG_DATA(c), sizeof(overruns));
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL) {
          tally_.counts.overruns = overruns;
        }
      }
      size_t size = static_cast<size_t>(count);
      if (size == 0 || buffer_[size - 1] != '\n') buffer_[size++] = '\n';
      Take(std::string_view(buffer_, size), /*is_new=*/true);
    }
  }

  // Keeps what comes after the last newline in `rest`.
  void AddWhole(std::string* rest, std::string_view piece, bool is_new) {
    const size_t last = piece.rfind('\n');
    if (last == piece.npos) {
      rest->append(piece);
      return;
    }
    if (!rest->empty()) {
      const size_t first = piece.find('\n');
      rest->append(piece.substr(0, first + 1));
      Take(*rest, is_new);
      Take(piece.substr(first + 1, last - first), is_new);
    } else {
      Take(piece.substr(0, last + 1), is_new);
    }
    rest->assign(piece.substr(last + 1));
  }

  void Take(std::string_view lines, bool is_new) {
    tally_.Add(lines);
    if (!is_new || file_ < 0) return;
    while (!lines.empty()) {
      const ssize_t count = write(file_, lines.data(), lines.size());
      if (count < 0) Die("writing to the file");
      lines.remove_prefix(static_cast<size_t>(count));
    }
  }

  const bool datagrams_;
  Tally tally_;
  int file_ = -1;
  int listener_ = -1;
  int epoll_ = -1;
  // What came after the last newline of each connection.
  std::map<int, std::string> rests_;
  char buffer_[kPiece];
};

}  // namespace
}  // namespace mesos_executor::receiver

int main(int argc, char** argv) {
  using mesos_executor::receiver::Sink;
  bool numbers = false;
  const char* file = nullptr;
  for (int i = 3; i < argc; ++i) {
    if (strcmp(argv[i], "--numbers") == 0) {
      numbers = true;
    } else if (strcmp(argv[i], "--file") == 0 && i + 1 < argc) {
      file = argv[++i];
    } else {
      argc = 0;
    }
  }
  const bool udp = argc > 1 && strcmp(argv[1], "udp") == 0;
  if (argc < 3 || (!udp && strcmp(argv[1], "tcp") != 0)) {
    fprintf(stderr, "usage: sink tcp|udp PORT [--numbers] [--file PATH]\n");
    return 2;
  }
  static Sink sink(udp, numbers);
  if (file != nullptr) sink.OpenFile(file);
  sink.Listen(atoi(argv[2]));
  sink.Run();
  return 0;
}
