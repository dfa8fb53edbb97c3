#pragma once

#include "actors/node.hpp"
#include "http/await_answer.hpp"

#include <memory>
#include <string>

namespace frontrow::http {

/// Where a front asks how places in queues are doing. While a queue's answer is under way, whoever asks after another
/// place in it waits, and then goes with all the others in one message: so a crowd that polls costs its queue a message
/// a round trip and not one each, and the load decides how many go together. Every function for any thread.
class place_desk {
public:
  using answer = actors::outcome<domain::place_view>;

  /// `node` outlives it.
  explicit place_desk(actors::node& node);

  /// As the queue itself answers `read_place`, within the node's ask timeout. `concert` is in the catalog: what is
  /// kept for it is kept for ever.
  asio::awaitable<answer> read(domain::concert_id concert, domain::read_place question, const std::string& trace);

private:
  struct state;
  struct room;
  std::shared_ptr<state> state_; // answers that are under way hold it
};

} // namespace frontrow::http
