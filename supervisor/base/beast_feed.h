// Feeds bytes as they come to a parser of Boost.Beast.
#ifndef SUPERVISOR_BASE_BEAST_FEED_H_
#define SUPERVISOR_BASE_BEAST_FEED_H_

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/system/error_code.hpp>
#include <cstddef>
#include <string>

namespace mesos_executor {

// One for a connection, whose parsers may follow one another.
class BeastFeed {
 public:
  // Has `parser` take what it can from the front of `bytes`, which must not be empty. `error` is
  // as put() of the parser sets it; need_more: what is left is the beginning of a head.
  template <typename Parser>
  void Put(Parser& parser, std::string& bytes, boost::system::error_code& error) {
    constexpr auto kNeedMore = boost::beast::http::error::need_more;
    if (unfinished_chunk_head_ && bytes.size() < kLastChunk) {
      error = kNeedMore;
      return;
    }
    bytes.erase(0, parser.put(boost::asio::buffer(bytes), error));
    unfinished_chunk_head_ = error == kNeedMore && parser.is_header_done();
  }

 private:
  // "0\r\n\r\n": Beast 1.74 asserts that it doesn't see less of the last chunk's head a second
  // time. No chunk is shorter.
  static constexpr size_t kLastChunk = 5;

  bool unfinished_chunk_head_ = false;
};

}  // namespace mesos_executor

#endif  // SUPERVISOR_BASE_BEAST_FEED_H_
