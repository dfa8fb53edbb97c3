#include <algorithm>
#include <utility>

#include "domain/seat_map.hpp"

namespace frontrow::domain {

namespace {

bool has_duplicates(const std::vector<seat_id>& seats) {
  boost::container::small_vector<seat_id, 16> sorted(seats.begin(), seats.end());
  std::sort(sorted.begin(), sorted.end());
  return std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end();
}

} // namespace

// ---- opening

seat_map::decided<availability> seat_map::decide(const open_option& command, instant now) const {
  if (opened_ && terms_ == command.terms)
    return count(); // the same once more: it has been done
  if (opened_)
    return refusal::already_opened;
  if (!valid(command.terms))
    return refusal::invalid_request;
  const std::int32_t seats = seat_count(command.terms);
  decided<availability> opened(availability{.total = seats, .available = seats, .sold = 0});
  opened.events.push_back(option_opened{.at = now, .terms = command.terms});
  return opened;
}

// ---- holding

bool seat_map::on_sale(instant now) const {
  return now >= terms_.sales_open && (terms_.sales_close == instant{} || now < terms_.sales_close);
}

std::int32_t seat_map::seats_of(user_id user) const {
  const auto found = seats_by_user_.find(user);
  return found == seats_by_user_.end() ? 0 : found->second;
}

/// The answer to a hold whose command was seen before: the first answer again, whatever has become of it.
std::optional<seat_map::decided<reservation_view>>
seat_map::earlier_hold(const command_id& command, std::uint64_t body, user_id user) const {
  const reservation* earlier = reservations_.find(command);
  if (earlier == nullptr)
    return std::nullopt;
  if (earlier->body != body || earlier->user != user)
    return refusal::idempotency_key_reused;
  reservation_view first = view_of(*earlier);
  first.status = reservation_status::held;
  return first;
}

template <class Command>
seat_map::decided<reservation_view> seat_map::record_hold(const Command& command, std::vector<seat_id> seats,
                                                          instant now) const {
  money amount = 0;
  for (const seat_id seat : seats)
    amount += free_.price(seat);
  const instant until = now + seconds{terms_.hold_seconds};
  decided<reservation_view> held(reservation_view{.reservation = version_ + 1,
                                                  .user = command.user,
                                                  .seats = seats,
                                                  .amount = amount,
                                                  .status = reservation_status::held,
                                                  .until = until});
  held.events.push_back(seats_held{.at = now,
                                   .command = command.command,
                                   .body = command.body,
                                   .user = command.user,
                                   .place = command.place,
                                   .seats = std::move(seats),
                                   .amount = amount,
                                   .until = until});
  return held;
}

seat_map::decided<reservation_view> seat_map::decide(const hold_seats& command, instant now) const {
  if (auto earlier = earlier_hold(command.command, command.body, command.user))
    return *std::move(earlier);
  if (command.seats.empty() || has_duplicates(command.seats))
    return refusal::invalid_request;
  if (!opened_)
    return refusal::option_not_found;
  if (!on_sale(now))
    return refusal::sales_closed;
  refused in_the_way;
  for (const seat_id seat : command.seats)
    if (!free_.exists(seat))
      in_the_way.seats.push_back(seat);
  if (!in_the_way.seats.empty()) {
    in_the_way.reason = refusal::seat_not_found;
    return in_the_way;
  }
  const auto wanted = static_cast<std::int64_t>(command.seats.size());
  if (wanted + seats_of(command.user) > terms_.max_seats_per_user)
    return refusal::too_many_seats;
  for (const seat_id seat : command.seats)
    if (!free_.is_free(seat))
      in_the_way.seats.push_back(seat);
  if (!in_the_way.seats.empty()) {
    in_the_way.reason = refusal::seat_taken;
    return in_the_way;
  }
  return record_hold(command, command.seats, now);
}

seat_map::decided<reservation_view> seat_map::decide(const hold_best& command, instant now) const {
  if (auto earlier = earlier_hold(command.command, command.body, command.user))
    return *std::move(earlier);
  if (command.count < 1)
    return refusal::invalid_request;
  if (!opened_)
    return refusal::option_not_found;
  if (!on_sale(now))
    return refusal::sales_closed;
  if (!command.tier.empty() && !free_.has_tier(command.tier))
    return refusal::seat_not_found;
  if (std::int64_t{command.count} + seats_of(command.user) > terms_.max_seats_per_user)
    return refusal::too_many_seats;
  std::vector<seat_id> seats = free_.best(command.count, command.tier);
  if (seats.empty())
    return refusal::not_enough_seats;
  return record_hold(command, std::move(seats), now);
}

seat_map::decided<done> seat_map::decide(const release_hold& command, instant now) const {
  const reservation* hold = reservation_of(command.user, command.reservation);
  if (hold == nullptr)
    return refusal::reservation_not_found;
  switch (hold->status) {
  case reservation_status::held: {
    decided<done> released(done{});
    released.events.push_back(
        hold_released{.at = now,
                      .user = hold->user,
                      .reservation = hold->number,
                      .reason = now < hold->until ? release_reason::given_up : release_reason::lapsed});
    return released;
  }
  case reservation_status::expired:
  case reservation_status::released:
    return done{};
  case reservation_status::paying:
  case reservation_status::confirmed:
  case reservation_status::cancelled:
    break;
  }
  return refusal::already_paid;
}

seat_map::decided<done> seat_map::decide(const tick&, instant now) const {
  decided<done> ticked(done{});
  for (const auto& [until, number] : deadlines_) {
    if (until > now || ticked.events.size() == lapses_per_tick_max)
      break;
    const reservation* hold = reservations_.find(number);
    if (hold == nullptr || hold->status != reservation_status::held)
      continue;
    ticked.events.push_back(hold_released{
        .at = now, .user = hold->user, .reservation = number, .reason = release_reason::lapsed});
  }
  return ticked;
}

std::optional<instant> seat_map::next_deadline() const {
  if (deadlines_.empty())
    return std::nullopt;
  return deadlines_.front().first;
}

// ---- reading

const seat_map::reservation* seat_map::reservation_of(user_id user, event_number number) const {
  const reservation* found = reservations_.find(number);
  return found != nullptr && found->user == user ? found : nullptr;
}

reservation_view seat_map::view_of(const reservation& from) {
  return {.reservation = from.number,
          .user = from.user,
          .seats = {from.seats.begin(), from.seats.end()},
          .amount = from.amount,
          .status = from.status,
          .until = from.until};
}

seat_map::decided<reservation_view> seat_map::decide(const read_reservation& command, instant) const {
  const reservation* found = reservation_of(command.user, command.reservation);
  if (found == nullptr)
    return refusal::reservation_not_found;
  return view_of(*found);
}

seat_map::decided<seat_list> seat_map::decide(const read_seats& command, instant) const {
  if (!opened_)
    return refusal::option_not_found;
  if (command.known_version == seats_version_)
    return seat_list{.version = seats_version_, .statuses = {}};
  return seat_list{.version = seats_version_, .statuses = statuses_};
}

availability seat_map::count() const {
  return {.total = free_.total(), .available = free_.free(), .sold = sold_};
}

seat_map::decided<availability> seat_map::decide(const read_availability&, instant) const {
  if (!opened_)
    return refusal::option_not_found;
  return count();
}

std::size_t seat_map::memory_bytes() const {
  // an effect lies in a node of a red-black tree: four words and the allocator's
  constexpr std::size_t node_bytes = 48;
  return sizeof(*this) + statuses_.capacity() * sizeof(seat_status) + free_.memory_bytes() +
         reservations_.memory_bytes() + payments_.memory_bytes() + cancellations_.memory_bytes() +
         seats_by_user_.bucket_count() * (sizeof(std::pair<user_id, std::int32_t>) + 1) +
         deadlines_.memory_bytes() + ended_.memory_bytes() +
         owed_.size() * (sizeof(std::pair<const event_number, effect>) + node_bytes);
}

} // namespace frontrow::domain
