"""Names for the speakers of the statements found: the longest one in the article, carried forward where none stands.

    memory → bodies, descriptions (phrases without a name) → named (any phrase) → carrying (no phrase) → Resolver

Works on the mentions that data.extraction.statements saw, in the order of the text.
"""

from data.extraction.carrying import CarryResolver
from data.extraction.document import Document
from data.extraction.found import Found
from data.extraction.lexicon import words_of
from data.extraction.memory import Resolved, norm_words, one_person
from data.extraction.register import Register
from data.extraction.speakers import PhraseReader
from data.extraction.tokens import COMMAS, bare

# What one writes once and then cites by its kind alone: «وأضاف البيان».
DOCUMENTS = frozenset(("تقرير", "بيان", "دراسة", "وثيقة", "تحقيق", "استطلاع", "مذكرة", "رسالة"))


class Resolver(CarryResolver):
    """Settles speakers one statement after the other."""

    def __init__(self, register: Register) -> None:
        super().__init__(register)
        # Who was found behind «تقرير», «بيان» when it spoke first: «التقرير» is theirs, whoever has spoken between.
        self.documents: dict[str, Resolved] = {}

    def resolve(self, doc: Document, reader: PhraseReader, found: Found, base: int) -> Resolved:
        begin = base + doc.begin[found.at]
        self.reader = reader
        result: Resolved | None = None
        if found.mention is not None:
            result = self._named(doc, found.mention)
        document = self._document(doc, found)
        earlier = self.documents.get(document[0]) if document is not None and document[1] else None
        if earlier is not None and (result is None or result.rule in ("document", "media-anaphor", "first-mention")):
            result = self._carry(earlier, "document")
        if result is None:
            result = self._unnamed(doc, reader, found, begin)
        issued = document[0] if document is not None else self._issued(doc, found)
        if issued is not None and result.speaker is not None:
            self.documents[issued] = result
        relayed = found.mention is not None and found.mention.first > 0 and doc.norm[found.mention.first - 1] == "عن"
        if result.feminine is None and found.feminine is not None and found.mention is not None and not relayed:
            result.feminine = found.feminine
        elif found.feminine and found.mention is not None and not relayed and one_person(result):
            result.feminine = True  # «وقالت فلانة، مدير المركز»: the verb knows better than the word for what she does
        self._name_last(doc, found, result)
        if result.speaker is not None:
            self.recent.append((result, begin, found.rule.startswith(("noun", "masdar"))))
            if len(self.recent) > 12:
                del self.recent[0]
        return result

    def _document(self, doc: Document, found: Found) -> tuple[str, bool] | None:
        """The document that stands right after the cue, and whether it has the article: «وأضاف التقرير»."""
        for k in range(found.at + 1, min(found.at + 4, len(doc.norm))):
            word = doc.norm[k]
            if word in doc.words.that or word in COMMAS or not word[0].isalpha():
                return None
            plain = bare(word)
            if plain in DOCUMENTS:
                following = doc.norm[k + 1] if k + 1 < len(doc.norm) else ""
                alone = not following.startswith("ال") or following in doc.words.words["function_words"]
                return plain, word.startswith(("ال", "لل")) and alone
        return None

    def _issued(self, doc: Document, found: Found) -> str | None:
        """The document in which a named speaker said it: «أعلنت الوزارة في بيان أن»."""
        m = found.mention
        if m is None:
            return None
        for k in range(found.at + 1, min(found.at + 25, doc.stop[found.at] - 1)):
            if doc.norm[k] == "في" and doc.norm[k + 1] in DOCUMENTS and k + 1 >= m.last:
                return doc.norm[k + 1]
        return None

    def _name_last(self, doc: Document, found: Found, result: Resolved) -> None:
        """«قال شاب: …. وتابع ساجد: …»: who goes on under a name is the one described before, in place."""
        cue = doc.cue[found.at]
        last = self.recent[-1][0] if self.recent else None
        if cue is None or cue.lemma not in ("تابع", "اضاف", "اردف", "استطرد") or not cue.joined or last is None:
            return
        if result.rule not in ("first-mention", "name") or result.speaker is None or result.speaker.type != "person":
            return
        if len(norm_words(result.speaker.name)) > 1 or result.speaker.role is not None:
            return
        if last.speaker is not None and last.rule == "description" and last.speaker.type == "unnamed":
            words = norm_words(last.speaker.name)
            if words and words[0] in words_of("roles") and not words[0].endswith(("ون", "ين")):
                last.speaker = result.speaker.model_copy(update={"mention": last.speaker.mention})
                last.rule = "named-later"
