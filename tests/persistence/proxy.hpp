#pragma once

#include <atomic>
#include <mutex>
#include <ostream>
#include <string>
#include <thread>
#include <vector>

/// Stands between a client and PostgreSQL on a socket of its own, and cuts a connection at the worst moment.
class proxy {
public:
  enum class cut {
    none,
    reply,   ///< the next answer of the server is swallowed, and the connection lost: it was done, unheard
    request, ///< the next request is swallowed, and the connection lost: it was never done
    client,  ///< the next request is forwarded, then only the client is cut off: the server is still at it
  };

  /// `dsn` names the server by host= (a folder) and port=.
  explicit proxy(const std::string& dsn);
  ~proxy();

  /// The same database through the proxy.
  const std::string& dsn() const { return dsn_; }
  /// The next matching moment; then it passes everything on again.
  void arm(cut how) { armed_ = how; }
  bool has_cut() const { return armed_ == cut::none; }

private:
  void accept_all();
  void pass(int client, int server);
  bool disarm(cut how);

  std::string server_path_;
  std::string folder_;
  std::string dsn_;
  int listener_ = -1;
  std::atomic<cut> armed_{cut::none};
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::vector<std::thread> passing_;
  std::thread accepting_;
};

inline std::ostream& operator<<(std::ostream& out, proxy::cut how) {
  constexpr const char* names[] = {"none", "reply", "request", "client"};
  return out << names[static_cast<int>(how)];
}
