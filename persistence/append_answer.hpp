#pragma once

#include "persistence/link.hpp"

#include <cstddef>
#include <optional>
#include <string>

struct pg_result;

namespace frontrow::persistence::detail {

enum class append_end { written, fenced };

/// What the server says to an append that was sent, taken in as it comes. Its outcome is known when nothing
/// more comes: "INSERT 0 1" is said before the commit (libpq, "Asynchronous Command Processing").
class append_answer {
public:
  /// `shards`: as many as the statement found at their epochs if it wrote its rows.
  explicit append_answer(std::size_t shards) : shards_(shards) {}

  /// Takes in what has arrived, and waits for nothing. True: that was all, or the connection is lost.
  bool take_what_came(handled_connection::native_handle from);
  /// Waits for all of it, and sends what has not gone before.
  void take_all(handled_connection::native_handle from);
  /// Of all of it.
  bool says_written() const { return is_whole_ && !refused_ && told_ == append_end::written; }
  /// After all of it. Throws as pqxx does when the statement was refused (sql_error) or its outcome is
  /// unknown (broken_connection).
  append_end end() const;

private:
  struct refusal {
    std::string message;
    std::string sqlstate;
  };
  void take(const pg_result& part);

  std::size_t shards_;
  std::optional<append_end> told_;
  std::optional<refusal> refused_;
  bool is_whole_ = false;
};

} // namespace frontrow::persistence::detail
