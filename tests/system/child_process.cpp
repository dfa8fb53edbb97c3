#include "child_process.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <fcntl.h>
#include <fstream>
#include <poll.h>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

extern char** environ;

namespace frontrow::test {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

std::vector<std::string> environment_of(const command_line& what) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text{*entry};
    if (!text.starts_with("FRONTROW_") && !what.environment.contains(std::string(text.substr(0, text.find('=')))))
      all.emplace_back(text);
  }
  for (const auto& [name, value] : what.environment)
    all.push_back(name + "=" + value);
  return all;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (auto& text : texts)
    pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

int milliseconds_until(steady_clock::time_point until) {
  auto left = std::chrono::ceil<milliseconds>(until - steady_clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000));
}

} // namespace

child_process::child_process(const command_line& what, std::filesystem::path error_file) {
  auto words = what.words;
  auto variables = environment_of(what);
  auto argv = pointers_to(words);
  auto envp = pointers_to(variables);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    throw std::system_error(errno, std::generic_category(), "pipe");
  const int errors = ::open(error_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  pid_ = ::fork();
  if (pid_ == 0) {
    // Only async-signal-safe calls between fork and exec.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(nothing, 0);
    ::dup2(ends[1], 1);
    ::dup2(errors, 2);
    ::execvpe(argv[0], argv.data(), envp.data());
    constexpr std::string_view why = ": this program is not there, or cannot be started\n";
    if (::write(2, argv[0], std::strlen(argv[0])) < 0 || ::write(2, why.data(), why.size()) < 0)
      ::_exit(126);
    ::_exit(127);
  }
  ::close(ends[1]);
  ::close(errors);
  ::close(nothing);
  output_end_ = ends[0];
  if (pid_ < 0)
    throw std::system_error(errno, std::generic_category(), "fork");
}

child_process::~child_process() {
  if (is_running()) {
    ::kill(pid_, SIGKILL);
    wait_for_end(std::chrono::seconds{30});
  }
  ::close(output_end_);
}

void child_process::signal(int number) {
  if (is_running())
    ::kill(pid_, number);
}

/// False when the output has ended or the time is over.
bool child_process::read_more(steady_clock::time_point until) {
  pollfd waited{output_end_, POLLIN, 0};
  if (::poll(&waited, 1, milliseconds_until(until)) <= 0)
    return false;
  char bytes[4096];
  const auto count = ::read(output_end_, bytes, sizeof bytes);
  if (count <= 0)
    return false;
  output_.append(bytes, static_cast<std::size_t>(count));
  return true;
}

std::optional<std::string> child_process::wait_for_line(std::string_view beginning, milliseconds deadline) {
  const auto until = steady_clock::now() + deadline;
  do {
    for (auto end = output_.find('\n', searched_); end != std::string::npos; end = output_.find('\n', searched_)) {
      auto line = output_.substr(searched_, end - searched_);
      searched_ = end + 1;
      if (line.starts_with(beginning))
        return line;
    }
  } while (read_more(until));
  return std::nullopt;
}

std::optional<int> child_process::wait_for_end(milliseconds deadline) {
  if (ended_)
    return ended_;
  const auto until = steady_clock::now() + deadline;
  const int handle = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  if (handle < 0)
    throw std::system_error(errno, std::generic_category(), "pidfd_open");
  pollfd waited[] = {{handle, POLLIN, 0}, {output_end_, POLLIN, 0}};
  // Its output is read meanwhile, so that a full pipe never holds it up.
  while (::poll(waited, 2, milliseconds_until(until)) > 0 && (waited[0].revents & POLLIN) == 0)
    if (!read_more(until))
      waited[1].fd = -1;
  ::close(handle);
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) == pid_) {
    ended_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    while (waited[1].fd >= 0 && read_more(steady_clock::now() + milliseconds{200})) {
    }
  }
  return ended_;
}

std::size_t child_process::resident_bytes() const {
  std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmRSS:"))
      return std::strtoull(line.c_str() + 6, nullptr, 10) * 1024;
  return 0;
}

finished_process run_to_end(const command_line& what, milliseconds deadline) {
  auto name = (std::filesystem::temp_directory_path() / "frontrow-errors-XXXXXX").string();
  ::close(::mkstemp(name.data()));
  finished_process done;
  {
    child_process running(what, name);
    if (auto code = running.wait_for_end(deadline)) {
      done.exit_code = *code;
    } else {
      running.signal(SIGKILL);
      done.exit_code = running.wait_for_end(std::chrono::seconds{30}).value_or(137);
    }
    done.output = running.output();
  }
  std::ifstream errors(name);
  done.errors.assign(std::istreambuf_iterator<char>(errors), {});
  std::filesystem::remove(name);
  return done;
}

std::string tail_of(const std::filesystem::path& file, std::size_t lines_max) {
  std::ifstream in(file);
  std::deque<std::string> last;
  for (std::string line; std::getline(in, line);) {
    last.push_back(std::move(line));
    if (last.size() > lines_max)
      last.pop_front();
  }
  std::string text;
  for (const auto& line : last)
    text += line + "\n";
  return text;
}

} // namespace frontrow::test
