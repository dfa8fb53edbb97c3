#include <chrono>
#include <vector>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <caf/io/basp/header.hpp>

#include "links_peer.hpp"

using namespace frontrow::cluster;
using namespace frontrow::cluster::testing;

namespace {

/// Sends these bytes to the port and reads on. Whether the other side closed in time.
bool is_closed_after(std::uint16_t port, const std::vector<unsigned char>& bytes, std::chrono::milliseconds patience) {
  const int stranger = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  BOOST_REQUIRE(::connect(stranger, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  BOOST_REQUIRE(::send(stranger, bytes.data(), bytes.size(), MSG_NOSIGNAL) == std::ssize(bytes));
  ssize_t count = 1;
  const auto until = std::chrono::steady_clock::now() + patience;
  while (count > 0 && std::chrono::steady_clock::now() < until) {
    pollfd one{stranger, POLLIN, 0};
    char thrown_away[512];
    if (::poll(&one, 1, 100) > 0)
      count = ::recv(stranger, thrown_away, sizeof thrown_away, 0);
  }
  ::close(stranger);
  return count <= 0;
}

/// Of a message of CAF's, operation and the length of its payload as told, everything else of no account.
std::vector<unsigned char> header(unsigned char operation, std::uint32_t payload) {
  std::vector<unsigned char> bytes(caf::io::basp::header_size, 1);
  bytes[0] = operation;
  bytes[1] = bytes[2] = bytes[3] = 0;
  for (int at = 0; at < 4; ++at)
    bytes[static_cast<std::size_t>(4 + at)] = static_cast<unsigned char>(payload >> (24 - 8 * at));
  return bytes;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_stranger_who_announces_gigabytes_is_cut_off_before_room_is_made_for_them) {
  // Nobody is cut off for being silent meanwhile.
  local_node node{{.number = 1, .connection_timeout = 60s}};
  constexpr unsigned char direct_message = 2, routed_message = 3;
  for (const auto operation : {direct_message, routed_message}) {
    BOOST_TEST(is_closed_after(node.port, header(operation, 0xf000'0000), 10s));
    BOOST_TEST(is_closed_after(node.port, header(operation, 64 * 1024 + 1), 10s));
    BOOST_TEST(!is_closed_after(node.port, header(operation, 64 * 1024), 300ms)); // it is waited for
  }
  // Others get in all the same.
  peer_process peer{peer_process::settings{.number = 2, .incarnation = "a"}};
  peer.members({node.as_member()});
  node.all.members({peer.as_member()});
  BOOST_TEST(node.await_up(2));
}
