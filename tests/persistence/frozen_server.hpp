#pragma once

#include "tests/persistence/private_postgres.hpp"

#include <vector>

#include <sys/types.h>

/// PostgreSQL standing still, all its processes stopped: connections are taken (by the kernel), nothing is answered.
/// It goes on when this goes.
class frozen_server {
public:
  explicit frozen_server(const private_postgres& server);
  ~frozen_server();
  frozen_server(const frozen_server&) = delete;
  frozen_server& operator=(const frozen_server&) = delete;

private:
  std::vector<pid_t> processes_; // the postmaster first: it starts no other meanwhile
};
