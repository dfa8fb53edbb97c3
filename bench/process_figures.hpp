#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <sys/types.h>
#include <vector>

namespace frontrow::test {
class postgres_server;
}

namespace frontrow::bench {

/// Processor time of one process so far, user and system. 0 when it has ended.
std::chrono::duration<double> processor_time(pid_t process);
/// ... of these together.
std::chrono::duration<double> processor_time(const std::vector<pid_t>& processes);
/// ... of these and of all that descend from them, those that have ended meanwhile included: a server's
/// backends and workers come and go.
std::chrono::duration<double> tree_time(const std::vector<pid_t>& roots);

/// The backends of a private PostgreSQL that serve this database; those of other servers do not count.
std::vector<pid_t> backends_of(const std::string& database_url);

/// The postmaster of a private PostgreSQL.
pid_t postmaster_of(const test::postgres_server& server);
/// This program's own children that run a program of that file name.
std::vector<pid_t> children_named(const std::string& program);
/// Resident memory; 0 when it has ended.
std::size_t resident_bytes(pid_t process);
/// ... of these together.
std::size_t resident_bytes(const std::vector<pid_t>& processes);

/// As many open files as this process may have; children that are started later inherit it.
std::size_t allow_many_files();

/// Bytes with a unit that keeps three digits: "1.23 GB".
std::string bytes_text(double bytes);

} // namespace frontrow::bench
