#include "tests/persistence/proxy.hpp"

#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <sstream>
#include <stdexcept>

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace {

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    throw std::runtime_error("socket path too long");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

bool send_all(int to, const char* data, std::size_t size) {
  while (size > 0) {
    const auto sent = ::send(to, data, size, MSG_NOSIGNAL);
    if (sent <= 0)
      return false;
    data += sent;
    size -= static_cast<std::size_t>(sent);
  }
  return true;
}

} // namespace

proxy::proxy(const std::string& dsn) {
  std::istringstream words(dsn);
  std::string host, port = "5432";
  for (std::string word; words >> word;) {
    if (word.rfind("host=", 0) == 0)
      host = word.substr(5);
    else if (word.rfind("port=", 0) == 0)
      port = word.substr(5);
    else
      dsn_ += ' ' + word;
  }
  std::string pattern = (std::filesystem::temp_directory_path() / "frontrow-proxy-XXXXXX").string();
  if (!::mkdtemp(pattern.data()))
    throw std::runtime_error("no folder for the proxy");
  folder_ = pattern;
  server_path_ = host + "/.s.PGSQL." + port;
  dsn_ = "host=" + folder_ + " port=" + port + dsn_;
  listener_ = ::socket(AF_UNIX, SOCK_STREAM, 0);
  const auto address = address_of(folder_ + "/.s.PGSQL." + port);
  if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener_, 64) != 0)
    throw std::runtime_error("the proxy cannot listen");
  accepting_ = std::thread([this] { accept_all(); });
}

proxy::~proxy() {
  stopping_ = true;
  accepting_.join();
  for (auto& thread : passing_)
    thread.join();
  ::close(listener_);
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void proxy::accept_all() {
  while (!stopping_) {
    pollfd waiting{listener_, POLLIN, 0};
    if (::poll(&waiting, 1, 20) <= 0)
      continue;
    const int client = ::accept(listener_, nullptr, nullptr);
    const int server = ::socket(AF_UNIX, SOCK_STREAM, 0);
    const auto address = address_of(server_path_);
    if (::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      ::close(client);
      ::close(server);
      continue;
    }
    passing_.emplace_back([this, client, server] { pass(client, server); });
  }
}

bool proxy::disarm(cut how) {
  auto expected = how;
  return armed_.compare_exchange_strong(expected, cut::none);
}

void proxy::pass(int client, int server) {
  std::array<char, 65536> buffer{};
  bool client_is_there = true;
  while (!stopping_) {
    pollfd both[2] = {{client_is_there ? client : -1, POLLIN, 0}, {server, POLLIN, 0}};
    if (::poll(both, 2, 20) <= 0)
      continue;
    if (both[0].revents != 0) {
      const auto got = ::recv(client, buffer.data(), buffer.size(), 0);
      if (got <= 0 || disarm(cut::request))
        break;
      if (!send_all(server, buffer.data(), static_cast<std::size_t>(got)))
        break;
      if (disarm(cut::client)) {
        ::shutdown(client, SHUT_RDWR);
        client_is_there = false;
      }
    }
    if (both[1].revents != 0) {
      const auto got = ::recv(server, buffer.data(), buffer.size(), 0);
      if (got <= 0 || disarm(cut::reply))
        break;
      if (client_is_there && !send_all(client, buffer.data(), static_cast<std::size_t>(got)))
        break;
    }
  }
  ::close(client);
  ::close(server);
}
