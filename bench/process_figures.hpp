#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <sys/types.h>
#include <vector>

namespace frontrow::bench {

/// Processor time of one process so far, user and system. 0 when it has ended.
std::chrono::duration<double> processor_time(pid_t process);
/// ... of these together.
std::chrono::duration<double> processor_time(const std::vector<pid_t>& processes);

/// The backends of a private PostgreSQL that serve this database; those of other servers do not count.
std::vector<pid_t> backends_of(const std::string& database_url);

/// As many open files as this process may have; children that are started later inherit it.
std::size_t allow_many_files();

/// Bytes with a unit that keeps three digits: "1.23 GB".
std::string bytes_text(double bytes);

} // namespace frontrow::bench
