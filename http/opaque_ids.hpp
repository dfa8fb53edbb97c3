#pragma once

#include "domain/queue.hpp"
#include "persistence/journal_reader.hpp"
#include "persistence/purchase_history.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Ids and tokens as clients see them. Every value has one text, and every other text is refused.
///
///   queueToken     = base64url without padding of: concert (8 bytes, highest first), place (8), secret (16)
///   reservationId  = "r" number "-" number     the option, its number there
///   paymentId      = "p" number "-" number     likewise
///   chargeId       = "c" number "-" number     the user, the charge's version in the account
///   entryId        = "e" number "-" number     the user, the event's version in the account
///   list cursor    = "l" number "-" number "-" number     time in ms, option, version
///   number         = digits of base 32 (0-9 a-z without i l o u), no leading zero, 1 … 2^63 − 1
namespace frontrow::http {

struct queue_token {
  domain::concert_id concert = 0;
  domain::place_number place = 0;
  domain::place_secret secret{};
  bool operator==(const queue_token&) const = default;
};
std::string text_of(const queue_token& token);
std::optional<queue_token> parse_queue_token(std::string_view text);

using persistence::purchase_id;
std::string reservation_text(purchase_id id);
std::string payment_text(purchase_id id);
std::optional<purchase_id> parse_reservation(std::string_view text);
std::optional<purchase_id> parse_payment(std::string_view text);

struct account_entry_id {
  domain::user_id user = 0;
  domain::event_number number = 0;
  bool operator==(const account_entry_id&) const = default;
};
std::string charge_text(account_entry_id id);
std::string entry_text(account_entry_id id);
std::optional<account_entry_id> parse_entry(std::string_view text);

std::string cursor_text(const persistence::party_cursor& cursor);
std::optional<persistence::party_cursor> parse_cursor(std::string_view text);

} // namespace frontrow::http
