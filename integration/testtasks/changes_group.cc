// Two children leave the task's process group: one leads a group of its own, the other joins it.
// Whoever signals the task's group reaches neither.
#include <unistd.h>

int main() {
  const pid_t leader = fork();
  if (leader < 0) return 1;
  if (leader > 0 && setpgid(leader, leader) != 0) return 1;
  const pid_t follower = leader == 0 ? 0 : fork();
  if (follower < 0 || (follower > 0 && setpgid(follower, leader) != 0)) return 1;
  if (leader != 0 && follower != 0 && write(STDOUT_FILENO, "ready\n", 6) != 6) return 1;
  for (;;) pause();
}
