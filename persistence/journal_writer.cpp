#include "persistence/journal_writer.hpp"

#include "persistence/writer_lane.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace frontrow::persistence {

append_stream::append_stream(std::shared_ptr<detail::stream_state> state, detail::writer_lane& lane)
    : state_(std::move(state)), lane_(&lane) {}

bool append_stream::submit(version_number first, std::vector<event_row> rows, wake_up wake) {
  return lane_->submit(state_, first, std::move(rows), wake);
}

void append_stream::store(snapshot_row snapshot) {
  lane_->store(state_, std::move(snapshot));
}

entity_ref append_stream::entity() const {
  return state_->address.entity;
}

version_number append_stream::version() const {
  return lane_->version_of(*state_);
}

journal_writer::journal_writer(journal_writer_config config) : config_(std::move(config)) {
  assert(!config_.databases.dsns.empty() && config_.connections > 0 && config_.max_batch > 0);
  for (std::size_t database = 0; database < config_.databases.dsns.size(); ++database) {
    snapshots_.push_back(std::make_unique<detail::writer_lane>(config_, database, nullptr));
    for (std::size_t connection = 0; connection < config_.connections; ++connection)
      lanes_.push_back(std::make_unique<detail::writer_lane>(config_, database, snapshots_.back().get()));
  }
}

journal_writer::~journal_writer() {
  stop(std::chrono::milliseconds{0});
}

append_stream journal_writer::open(entity_address address, epoch_number epoch, version_number version,
                                   std::shared_ptr<append_listener> listener) {
  auto state = std::make_shared<detail::stream_state>();
  state->address = address;
  state->epoch = epoch;
  state->submitted = version;
  state->durable = version;
  state->listener = std::move(listener);
  return {std::move(state), lane_of(address.shard)};
}

admission journal_writer::admits(shard_number shard) const {
  if (!available(shard))
    return admission::away;
  return pending() < config_.max_pending ? admission::open : admission::full;
}

bool journal_writer::available(shard_number shard) const {
  return lane_of(shard).available();
}

bool journal_writer::available() const {
  return std::all_of(lanes_.begin(), lanes_.end(), [](const auto& lane) { return lane->available(); });
}

std::size_t journal_writer::pending() const {
  std::size_t all = 0;
  for (const auto& lane : lanes_)
    all += lane->pending();
  return all;
}

std::size_t journal_writer::pending(shard_number shard) const {
  return lane_of(shard).pending();
}

void journal_writer::stop(std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (const auto* all : {&lanes_, &snapshots_}) { // what is durable last is still stored
    for (const auto& lane : *all)
      lane->close(deadline);
    for (const auto& lane : *all)
      lane->join();
  }
}

detail::writer_lane& journal_writer::lane_of(shard_number shard) const {
  // Within its database by the shard's number there, so that every lane gets its share whatever their numbers.
  const auto databases = config_.databases.dsns.size();
  const auto within = static_cast<std::size_t>(shard) / databases;
  return *lanes_[config_.databases.index_of(shard) * config_.connections + within % config_.connections];
}

} // namespace frontrow::persistence
