#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace frontrow::test {

/// What to run. The environment given is added to this process's own, without any FRONTROW_ variable of it.
struct command_line {
  std::vector<std::string> words;
  std::map<std::string, std::string> environment;
};

/// A running program. Standard output is read here, standard error goes to a file. It is killed when this object or
/// this whole process ends: make it on a thread that lives as long.
class child_process {
public:
  child_process(const command_line& what, std::filesystem::path error_file);
  ~child_process();
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;

  /// The next line of its output that begins so; nothing when the output ends or the time is over before.
  std::optional<std::string> wait_for_line(std::string_view beginning, std::chrono::milliseconds deadline);
  void signal(int number);
  /// Its exit code, 128 + the signal that ended it, or nothing when it still runs at the deadline.
  std::optional<int> wait_for_end(std::chrono::milliseconds deadline);
  bool is_running() { return !wait_for_end(std::chrono::milliseconds{0}); }
  pid_t pid() const { return pid_; }
  /// All of its output so far.
  const std::string& output() const { return output_; }
  /// Resident memory (VmRSS) in bytes; 0 when it has ended.
  std::size_t resident_bytes() const;

private:
  bool read_more(std::chrono::steady_clock::time_point until);

  pid_t pid_ = -1;
  int output_end_ = -1;
  std::string output_;
  std::size_t searched_ = 0;
  std::optional<int> ended_;
};

/// A program run to its end: at most `deadline`, then it is killed and the exit code is 137.
struct finished_process {
  int exit_code = -1;
  std::string output;
  std::string errors;
};
finished_process run_to_end(const command_line& what, std::chrono::milliseconds deadline = std::chrono::seconds{60});

/// The last lines of a text file; empty when there is none.
std::string tail_of(const std::filesystem::path& file, std::size_t lines_max);

} // namespace frontrow::test
