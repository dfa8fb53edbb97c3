#pragma once

#include "actors/catalog.hpp"
#include "domain/queue.hpp"
#include "domain/seat_map.hpp"
#include "http/named_values.hpp"
#include "persistence/journal_rows.hpp"

#include <optional>
#include <string>
#include <string_view>

/// Replies as the JSON of API.md.
namespace frontrow::http {

std::string_view name_of(domain::place_status status);
std::string_view name_of(domain::reservation_status status);
std::string_view name_of(domain::payment_status status);
std::string_view name_of(domain::seat_status status);
/// As in `?status=`.
const named_values<domain::payment_status>& payment_statuses();
const named_values<domain::seat_status>& seat_statuses();

std::string place_json(domain::concert_id concert, const domain::place_view& place);
std::string reservation_json(domain::option_id option, const domain::reservation_view& reservation);
std::string payment_json(domain::option_id option, const domain::payment_view& payment);
std::string charge_json(domain::user_id user, const domain::charge_made& charge);
std::string balance_json(domain::user_id user, domain::money balance);
/// One row of an account's journal; nothing for one that moved no money, or that cannot be read.
std::optional<std::string> entry_json(domain::user_id user, const persistence::stored_event& row);
/// `available`: nothing is known of it.
std::string date_json(const actors::option_on_sale& option, std::optional<std::int32_t> available);
std::string queue_json(domain::concert_id concert, const domain::queue_view& queue);

} // namespace frontrow::http
