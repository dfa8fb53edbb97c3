#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace frontrow::test {

/// A TCP connection without any manners. All calls block.
class raw_connection {
public:
  explicit raw_connection(std::uint16_t port);
  ~raw_connection();
  raw_connection(raw_connection&& other) noexcept;
  raw_connection& operator=(raw_connection&& other) noexcept;

  bool is_open() const { return handle_ >= 0; }
  /// False when the server has cut the connection, or takes nothing more before the deadline.
  bool send(std::string_view bytes, std::chrono::milliseconds deadline = std::chrono::seconds{10});
  /// No more is to come from us; the server may still answer.
  void finish_sending();
  /// Ends the connection with a reset.
  void reset();

  struct outcome {
    unsigned status = 0; ///< of the first answer; 0: none came
    bool is_cut = false; ///< the server has closed the connection
    std::string text;    ///< all that came
  };
  /// Reads until one answer is whole, the connection is cut or the time is over.
  outcome receive(std::chrono::milliseconds deadline = std::chrono::seconds{15});
  /// Waits until the server has thrown the connection away, for so long, without reading anything.
  bool wait_for_reset(std::chrono::milliseconds deadline);
  /// Waits until the server closes, for so long; reads on meanwhile.
  bool wait_for_cut(std::chrono::milliseconds deadline);

private:
  bool read_more(std::chrono::steady_clock::time_point until);
  bool has_whole_answer() const;

  int handle_ = -1;
  bool is_cut_ = false;
  std::string received_;
};

} // namespace frontrow::test
