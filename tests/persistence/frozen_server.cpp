#include "tests/persistence/frozen_server.hpp"

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include <signal.h>

namespace {

/// State and parent, from /proc; a state of 0 when it has ended.
std::pair<char, pid_t> state_of(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::string text;
  std::getline(file, text);
  const auto after_name = text.rfind(") ");
  if (after_name == std::string::npos)
    return {'\0', 0};
  return {text[after_name + 2], static_cast<pid_t>(std::stol(text.substr(after_name + 4)))};
}

std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const auto name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos)
      continue;
    const auto process = static_cast<pid_t>(std::stol(name));
    if (state_of(process).second == parent)
      found.push_back(process);
  }
  return found;
}

void stop(pid_t process) {
  if (::kill(process, SIGSTOP) != 0)
    return; // it has just ended
  wait_until("a process to stop", [&] {
    const char state = state_of(process).first;
    return state == 'T' || state == 'Z' || state == '\0';
  });
}

} // namespace

frozen_server::frozen_server(const private_postgres& server) {
  std::ifstream file(server.folder() + "/postgres/postmaster.pid");
  pid_t postmaster = 0;
  if (!(file >> postmaster))
    throw std::runtime_error("the server does not run");
  processes_.push_back(postmaster);
  stop(postmaster);
  for (const auto child : children_of(postmaster)) {
    processes_.push_back(child);
    stop(child);
  }
}

frozen_server::~frozen_server() {
  for (auto nth = processes_.rbegin(); nth != processes_.rend(); ++nth)
    ::kill(*nth, SIGCONT);
}
