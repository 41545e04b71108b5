#include <edm/mail/message.hpp>

#include <edm/core/text.hpp>

#include <gtest/gtest.h>

namespace edm::mail_engine {
namespace {

using namespace std::chrono_literals;

const time_point sample_time = *from_rfc3339("2026-11-24T14:31:12.345Z");
const address sender{"The shop", "shop@example.com"};

mail sample()
{
    return {.to = "ana@example.com",
            .subject = "Confirm your e-mail",
            .text = "Hello Ana,\nopen https://shop.example/confirm-email?token=a.b.c\n",
            .html = "<p>Hello Ana</p>",
            .message_id = "0190.confirm@shop.example",
            .traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"};
}

TEST(Message, CarriesEveryHeaderOfRfc5322AndTheTrace)
{
    const auto source = render(sample(), sender, sample_time);
    ASSERT_TRUE(source) << source.error();
    EXPECT_TRUE(source->starts_with("Date: Tue, 24 Nov 2026 14:31:12 +0000\r\n"
                                    "From: \"The shop\" <shop@example.com>\r\n"
                                    "To: ana@example.com\r\n"
                                    "Subject: Confirm your e-mail\r\n"
                                    "Message-ID: <0190.confirm@shop.example>\r\n"
                                    "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n"));
    EXPECT_NE(source->find("MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=\"=_"),
              std::string::npos);
}

TEST(Message, TheSameMailRendersTheSameBytes)
{
    EXPECT_EQ(*render(sample(), sender, sample_time), *render(sample(), sender, sample_time));
}

TEST(Message, HasOnlyShortLinesWithBothLineEndCharacters)
{
    auto message = sample();
    message.subject = std::string(300, 'x') + " Grüße";
    message.text = std::string(5000, 'a') + "\n" + std::string(200, ' ') + "\nÄpfel";
    const auto source = render(message, sender, sample_time);
    ASSERT_TRUE(source);
    std::size_t start = 0;
    while (start < source->size()) {
        const auto end = source->find('\n', start);
        ASSERT_NE(end, std::string::npos);
        EXPECT_LE(end - start, 78U);
        EXPECT_EQ((*source)[end - 1], '\r');
        start = end + 1;
    }
}

TEST(Message, RefusesWhatCouldAddAHeader)
{
    const std::vector<void (*)(mail&)> attacks{
        [](mail& m) { m.to = "ana@example.com\r\nBcc: all@example.com"; },
        [](mail& m) { m.to = "ana@example.com, eva@example.com"; },
        [](mail& m) { m.to = "<ana@example.com>"; },
        [](mail& m) { m.to = "ana"; },
        [](mail& m) { m.to = "@example.com"; },
        [](mail& m) { m.to = ""; },
        [](mail& m) { m.subject = "Hello\r\nBcc: all@example.com"; },
        [](mail& m) { m.subject = "Hello\nBcc: all@example.com"; },
        [](mail& m) { m.subject = std::string{"Hello\0there", 11}; },
        [](mail& m) { m.subject = "\xff"; },
        [](mail& m) { m.message_id = "a@b>\r\nX: y"; },
        [](mail& m) { m.message_id = ""; },
        [](mail& m) { m.traceparent = "00-1\r\n"; },
        [](mail& m) { m.text = "\xc3"; },
    };
    for (std::size_t i = 0; i < attacks.size(); ++i) {
        auto message = sample();
        attacks[i](message);
        EXPECT_FALSE(render(message, sender, sample_time)) << "attack " << i;
    }
}

TEST(Message, AnIdWithoutAHostGetsTheSenders)
{
    auto message = sample();
    message.message_id = "0190.confirm";
    EXPECT_NE(render(message, sender, sample_time)->find("Message-ID: <0190.confirm@example.com>\r\n"),
              std::string::npos);
}

TEST(Message, IsReadBackAsItWas)
{
    auto message = sample();
    message.subject = "Grüße aus der Küche: ein sehr langer Betreff mit Umlauten – und mehr als einem Wort 🍲🍲🍲🍲🍲";
    const auto shown = read_message(*render(message, sender, sample_time));
    EXPECT_EQ(shown.to, message.to);
    EXPECT_EQ(shown.subject, message.subject);
    EXPECT_EQ(shown.date, "Tue, 24 Nov 2026 14:31:12 +0000");
    EXPECT_EQ(shown.text, "Hello Ana,\r\nopen https://shop.example/confirm-email?token=a.b.c\r\n");
}

TEST(Message, WithoutHtmlIsOnePart)
{
    auto message = sample();
    message.html.clear();
    const auto source = render(message, sender, sample_time);
    EXPECT_EQ(source->find("multipart"), std::string::npos);
    EXPECT_EQ(read_message(*source).text, "Hello Ana,\r\nopen https://shop.example/confirm-email?token=a.b.c\r\n\r\n");
}

TEST(Message, ReadingNeverFailsOnDamage)
{
    const auto source = *render(sample(), sender, sample_time);
    for (std::size_t cut = 0; cut < source.size(); ++cut)
        (void)read_message(std::string_view{source}.substr(0, cut));
    EXPECT_EQ(read_message("").text, "");
}

TEST(EncodedHeader, LeavesPlainTextAlone)
{
    EXPECT_EQ(encode_header("Your recipe (2.34)"), "Your recipe (2.34)");
}

TEST(EncodedHeader, EncodesWhatIsNotAsciiOrLooksEncoded)
{
    EXPECT_EQ(encode_header("Grüße"), "=?UTF-8?B?R3LDvMOfZQ==?=");
    EXPECT_EQ(decode_header(encode_header("=?UTF-8?B?R3LDvMOfZQ==?=")), "=?UTF-8?B?R3LDvMOfZQ==?=");
}

TEST(EncodedHeader, NeverCutsACodePoint)
{
    std::string text;
    for (int i = 0; i < 100; ++i) {
        text += i % 3 ? "🍲" : "x";
        const auto encoded = encode_header(text);
        for (std::size_t at = 0; (at = encoded.find("?B?", at)) != std::string::npos; at += 3) {
            const auto word = encoded.substr(at + 3, encoded.find("?=", at) - at - 3);
            EXPECT_TRUE(valid_utf8(*from_base64(word)));
        }
        EXPECT_EQ(decode_header(encoded), text);
    }
}

TEST(QuotedPrintable, EscapesWhatTransportWouldChange)
{
    EXPECT_EQ(quoted_printable("a=b"), "a=3Db");
    EXPECT_EQ(quoted_printable("end \nnext"), "end=20\r\nnext");
    EXPECT_EQ(quoted_printable(".\n..\nFrom me"), "=2E\r\n=2E.\r\n=46rom me");
    EXPECT_EQ(quoted_printable("a\rb\r\nc\nd"), "a\r\nb\r\nc\r\nd");
    EXPECT_EQ(quoted_printable("é"), "=C3=A9");
}

TEST(QuotedPrintable, IsUndone)
{
    const std::string text = "Ünï =\t \r\n" + std::string(300, '.') + "\r\n\x01";
    EXPECT_EQ(from_quoted_printable(quoted_printable(text)), text);
    EXPECT_EQ(from_quoted_printable("broken =ZZ ="), "broken =ZZ =");
}

TEST(Address, IsReadWithAndWithoutAName)
{
    EXPECT_EQ(parse_address("shop@example.com")->mail, "shop@example.com");
    EXPECT_EQ(parse_address("The shop <shop@example.com>")->name, "The shop");
    EXPECT_EQ(parse_address("\"The shop\" <shop@example.com>")->name, "The shop");
    for (const auto* bad : {"", "shop", "shop@example.com>", "a b@example.com", "x <shop>", "a@b\r\nBcc: c@d", "a@b@c"})
        EXPECT_FALSE(parse_address(bad)) << bad;
}

} // namespace
} // namespace edm::mail_engine
