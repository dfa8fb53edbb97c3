#pragma once

#include "actors/node.hpp"
#include "http/await_answer.hpp"

#include <functional>
#include <vector>

namespace frontrow::http {

/// Where a front asks how places in queues are doing. All that one round of an I/O thread (actors/letter_round) asks of
/// one queue goes in one message: a crowd that polls costs its queue a message a round, not one each. Every function
/// for any thread; without a round each question goes by itself.
class place_desk {
public:
  using answer = actors::outcome<domain::place_view>;
  using many_answers = actors::outcome<domain::places_read>;
  /// Sends a question to a queue; calls `then` once, from any thread, within the ask timeout.
  using way = std::function<void(domain::concert_id, domain::read_places, std::function<void(many_answers)> then)>;

  explicit place_desk(way to_queues) : to_queues_(std::move(to_queues)) {}
  /// `node` outlives it, and counts those who are told that they have no place.
  explicit place_desk(actors::node& node);

  /// As the queue itself answers `read_place`.
  asio::awaitable<answer> read(domain::concert_id concert, domain::read_place question);

private:
  struct asker {
    domain::read_place question;
    answer_slot<answer> slot;
  };
  struct message {
    const place_desk* desk;
    domain::concert_id concert;
    std::vector<asker> askers;
  };
  /// What this thread's round has gathered so far.
  static std::vector<message>& gathered();

  void add(domain::concert_id concert, asker who) const;
  void send(domain::concert_id concert, std::vector<asker> who) const;

  way to_queues_;
};

} // namespace frontrow::http
