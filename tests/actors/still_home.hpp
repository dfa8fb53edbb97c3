#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "actors/entity_life.hpp"

namespace frontrow::test {

using namespace frontrow::domain;

inline constexpr std::int64_t entity = 1;

/// The journal of one entity, as it is after a crash: what became durable, and the snapshot that was stored last.
template <class Machine>
struct still_journal {
  std::vector<persistence::stored_event> rows;
  std::optional<persistence::snapshot_row> snapshot;
  std::size_t snapshot_bytes = 0; // of all that were stored
  std::size_t event_bytes = 0;

  void write(event_number first, std::vector<persistence::event_row> more) {
    for (auto& each : more) {
      event_bytes += each.data.size();
      rows.push_back({{persistence::kind_of<Machine>(), entity}, first++, 1, std::move(each)});
    }
  }
};

/// A node in which the journal, the shard and time move only when told to.
template <class Machine>
struct still_home {
  explicit still_home(still_journal<Machine>& on, cluster::epoch_number epoch = 1)
      : journal(on), life(*this, {{persistence::kind_of<Machine>(), entity}, 0}, epoch, mailbox) {
    life.begin();
  }

  // ---- what the test does
  /// As the shard does: counted, then forwarded.
  template <class Command>
  void send(std::uint64_t who, Command command) {
    cluster::envelope letter;
    letter.to = {persistence::kind_of<Machine>(), entity};
    letter.from = {0, 1, who};
    letter.payload = caf::make_message(std::move(command));
    ++*mailbox;
    life.receive(letter);
  }
  /// Answers the load that was asked for.
  void read_history() {
    const auto consumer = std::exchange(asked, nullptr);
    BOOST_REQUIRE(consumer != nullptr);
    auto from = static_cast<std::size_t>(options.after);
    if (options.after == 0 && options.snapshot == persistence::snapshots::used && journal.snapshot) {
      consumer->snapshot(*journal.snapshot);
      from = static_cast<std::size_t>(journal.snapshot->version);
    }
    const auto page = std::span<const persistence::stored_event>(journal.rows).subspan(from);
    if (!page.empty())
      consumer->events(page);
    consumer->loaded(std::ssize(journal.rows));
  }
  void read_fails() {
    const auto consumer = std::exchange(asked, nullptr);
    BOOST_REQUIRE(consumer != nullptr);
    consumer->failed(persistence::database_failure::away);
  }
  void all_durable() {
    if (submitted.empty())
      return;
    for (auto& [first, rows] : std::exchange(submitted, {}))
      journal.write(first, std::move(rows));
    life.receive(actors::became_durable{std::ssize(journal.rows)});
  }
  template <class Reply>
  const Reply& heard(std::uint64_t who) {
    BOOST_REQUIRE_EQUAL(answers.count(who), 1u);
    BOOST_REQUIRE(answers.at(who).template match_elements<Reply>());
    return answers.at(who).template get_as<Reply>(0);
  }
  bool was_told_to_ask_again(std::uint64_t who) {
    return answers.contains(who) && answers.at(who).template match_elements<actors::unavailable>();
  }
  bool was_sent_on(std::uint64_t who) {
    return answers.contains(who) && answers.at(who).template match_elements<cluster::moved>();
  }

  // ---- the life's home
  instant now() { return time; }
  bool trusted() { return has_lease; }
  bool takes_writes() { return journal_is_there; }
  void answer(const cluster::return_address& to, const caf::message& what) {
    before_answer();
    answers[to.correlation] = what;
  }
  auto when_loaded() {
    return [this](typename persistence::machine_loader<Machine>::result loaded, persistence::replayed_size size) {
      if (loaded)
        life.loaded(std::make_shared<Machine>(std::move(*loaded)), size);
      else
        life.receive(actors::next_after(loaded.error()));
    };
  }
  bool load(std::shared_ptr<persistence::history_consumer> consumer, const persistence::load_options& how) {
    ++loads;
    asked = std::move(consumer);
    options = how;
    return takes_reads;
  }
  void open(cluster::epoch_number epoch, event_number) { opened_with = epoch; }
  void append(event_number first, std::vector<persistence::event_row> rows, persistence::wake_up) {
    submitted.emplace_back(first, std::move(rows));
  }
  void store(persistence::snapshot_row snapshot) {
    journal.snapshot_bytes += snapshot.data.size();
    journal.snapshot = std::move(snapshot);
  }
  bool postpone_long_work() { return !thread_has_time; }
  template <class Effect>
  void ask_effect(const Effect&, const std::string&) {}
  void tell_shard(const actors::wake_request& request) { wake = request.at; }
  void tell_shard(const actors::stays&) { ++stayed; }
  void tell_shard(const actors::loaded_ahead&) { ++was_ahead; }
  void tell_shard(const actors::began&) { ++has_begun; }
  void tell_shard(const actors::life_over& end) {
    BOOST_TEST(!over.has_value());
    over = end.reason;
  }
  void recorded(const typename Machine::event&) {}
  void refused(refusal) {}
  void is_now(const Machine&) {}
  void is_over() { board.reset(); }
  void put_up_board(const place_book& book) { board.emplace(book); }
  void tell_board(const queue_event& durable) { board->apply(durable); }
  places_seen take_sights() { return std::exchange(sights, {}); }
  milliseconds effect_retry() { return milliseconds{1'000}; }
  milliseconds waiting_patience() { return milliseconds{5'000}; }
  std::int64_t snapshot_min_events() { return 10; }

  still_journal<Machine>& journal;
  instant time{milliseconds{1'000'000}};
  std::function<void()> before_answer = [] {};
  std::optional<place_book> board;
  places_seen sights;
  bool has_lease = true;
  bool thread_has_time = true;
  bool journal_is_there = true;
  bool takes_reads = true;
  actors::mailbox_gauge mailbox = std::make_shared<std::atomic<std::int64_t>>(0);
  std::shared_ptr<persistence::history_consumer> asked;
  persistence::load_options options;
  int loads = 0;
  cluster::epoch_number opened_with = 0;
  std::vector<std::pair<event_number, std::vector<persistence::event_row>>> submitted;
  std::map<std::uint64_t, caf::message> answers; // by who asked
  std::optional<instant> wake;
  int stayed = 0;
  int was_ahead = 0;
  int has_begun = 0;
  std::optional<actors::life_over::why> over;
  actors::entity_life<Machine, still_home> life; // last: it speaks to the others when it is made
};

} // namespace frontrow::test
