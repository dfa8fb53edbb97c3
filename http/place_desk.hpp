#pragma once

#include "actors/node.hpp"
#include "http/await_answer.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace frontrow::http {

/// Where a front takes places in queues, and asks how they are doing. A queue that lives on this node has a
/// board (actors/place_board), which is looked at first: its crowd polls without asking it. For all else,
/// what one round of an I/O thread (actors/letter_round) wants of one queue goes in one message: a crowd that
/// joins costs its queue a message and an event a round, not one each. Every function for any thread; without
/// a round each goes by itself.
class place_desk {
public:
  using answer = actors::outcome<domain::place_view>;
  using answers_read = actors::outcome<domain::places_read>;
  using answers_joined = actors::outcome<domain::joined_together>;

  /// The ways to the queues. `then` is called once, from any thread, within the ask timeout.
  struct ways {
    std::function<std::optional<domain::place_view>(domain::concert_id, const domain::read_place&)> glance;
    std::function<void(domain::concert_id, domain::read_places, std::function<void(answers_read)> then)> read;
    /// `traces`: of all whose joins these are, with blanks between.
    std::function<void(domain::concert_id, domain::join_together, const std::string& traces,
                       std::function<void(answers_joined)> then)>
        join;
  };

  explicit place_desk(ways to_queues) : to_queues_(std::move(to_queues)) {}
  /// `node` outlives it, and counts those who are refused.
  explicit place_desk(actors::node& node);

  /// As the queue itself answers `read_place`: `glance`, then `ask`.
  awaitable<answer> read(domain::concert_id concert, domain::read_place question);
  /// What this node's board tells at once; nothing: `ask`. A crowd's polls need no coroutine for it.
  std::optional<domain::place_view> glance(domain::concert_id concert, const domain::read_place& question) const {
    return to_queues_.glance(concert, question);
  }
  /// Nothing: unavailable.
  awaitable<std::optional<answer>> ask(domain::concert_id concert, domain::read_place question);
  /// As the queue itself answers `join_queue`; nothing: unavailable. `trace` must live until then.
  awaitable<std::optional<answer>> join(domain::concert_id concert, domain::join_queue command,
                                        std::string_view trace);

private:
  struct reader {
    domain::read_place question;
    answer_slot<answer> slot;
  };
  struct joiner {
    domain::join_queue command;
    std::string_view trace;
    answer_slot<answer> slot;
  };
  /// What this thread's round wants of one queue.
  struct visit {
    const place_desk* desk;
    domain::concert_id concert;
    std::vector<reader> readers{};
    std::vector<joiner> joiners{};
  };
  static std::vector<visit>& gathered();

  /// `add(visit)` to this round's, or to one that goes at once.
  template <class Add>
  void in_this_round(domain::concert_id concert, Add add) const;
  void send(visit all) const;
  void send(domain::concert_id concert, std::vector<reader> who) const;
  void send(domain::concert_id concert, std::vector<joiner> who) const;

  ways to_queues_;
};

} // namespace frontrow::http
