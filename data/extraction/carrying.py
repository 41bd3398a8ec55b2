"""Speakers where no phrase stands beside the cue: «وأضاف», «مؤكدا», a quotation without a cue."""

from data.extraction.document import LONGEST, Document
from data.extraction.found import Found
from data.extraction.lexicon import words_of
from data.extraction.memory import Resolved, many, one_person
from data.extraction.mentions import Mention, detached, feminine_head, stem
from data.extraction.named import NameResolver
from data.extraction.register import Known
from data.extraction.speakers import PhraseReader
from data.extraction.tokens import bare


class CarryResolver(NameResolver):
    """Finds who goes on speaking."""

    def _unnamed(self, doc: Document, reader: PhraseReader, found: Found, begin: int) -> Resolved:
        if found.rule == "loose":
            said = self._owner_of_saying(doc, begin, found.at)
            if said is not None:
                return self._make(said, None, "owner")
        if found.source == "sentence":
            named_first = self._came_from(doc, reader, begin, found.at)
            if named_first is not None:
                return self._named(doc, named_first) or Resolved(None, "none")
            finite = found.rule.startswith(("past", "present"))
            for resolved, sentence, by_noun in reversed(self.recent):
                if sentence != begin:
                    break
                # «وصف الكرملين زعم أوكرانيا بأن …، وطالب»: who claims in passing is not who goes on.
                other = finite and None not in (found.feminine, resolved.feminine) and one_person(resolved)
                if other and found.feminine != resolved.feminine and not found.plural:
                    continue  # «قالت فلانة إن فلانا قال كذا، وأضافت»
                if not (finite and by_noun):
                    return self._carry(resolved, "same-sentence")
            mention = reader.sentence_subject(doc.begin[found.at], found.at)
            if mention is None and found.rule.startswith("participle"):
                # «وبعد موجة الغضب هذه دافع فلان عن نفسه، معترفا بأن»: whoever it is stands in the sentence.
                near = self._mentioned(doc, found.at, min(found.at - begin, LONGEST), feminine=found.feminine or None)
                if near is not None:
                    return self._make(near, None, "within")
            if mention is not None and self._credible(doc, mention):
                named = self._named(doc, mention)
                if named is not None and named.speaker is not None:
                    return named
        if found.source in ("carried", "sentence") and found.mention is None:
            acting = self._acting(doc, reader, found)
            if acting is not None:
                return acting
        if found.source == "document":
            for resolved, _, _ in reversed(self.recent):
                return self._carry(resolved, "document")
        if not self.recent:
            cue = doc.cue[found.at]
            if cue is not None and cue.kind in ("past", "participle") and found.source in ("carried", "sentence"):
                # «عينت رئيسة الوزراء فلانة وزيرة. كما تعهدت بكذا»: nobody has spoken yet.
                near = self._mentioned(doc, found.at, 60, feminine=True if found.feminine else None)
                if near is not None:
                    return self._make(near, None, "near")
            return Resolved(None, "none")
        return self._carry(self._agreeing(doc, found) or self.recent[-1][0], "carried")

    def _came_from(self, doc: Document, reader: PhraseReader, begin: int, at: int) -> Mention | None:
        """Whose the saying is at the head of «جاءت تصريحات فلان خلال لقاء…، حيث قال», «جاء ذلك في مقابلة لفلان»."""
        norm = doc.norm
        if norm[begin].lstrip("و") not in ("جاءت", "جاء"):
            return None
        if norm[begin + 1] in words_of("sayings"):
            owner = reader.read(begin + 2, at)
            return owner if owner is not None and owner.first == begin + 2 and not owner.definite else None
        if norm[begin + 1] != "ذلك":
            return None
        for k in range(begin + 3, min(begin + 7, at)):
            if norm[k][0] == "ل" and len(norm[k]) > 3:
                owner = reader.read_attached(k, at)
                return owner if owner is not None and owner.first == k else None
        return None

    def _agreeing(self, doc: Document, found: Found) -> Resolved | None:
        """Who spoke last and agrees with the verb: «أضافوا» several, «أضاف» one."""
        if found.feminine is None or found.source not in ("carried", "sentence"):
            return None
        latest = [resolved for resolved, _, _ in reversed(self.recent[-6:])]
        if found.plural:
            two = doc.norm[found.at].endswith(("ا", "ان"))  # «أضافا»: of two the register knows but one
            return None if two else next((resolved for resolved in latest if many(resolved)), None)
        for resolved in latest:
            if not found.feminine and many(resolved):
                continue
            unknown = not found.feminine and resolved.feminine is None
            if unknown or (resolved.feminine is not None and resolved.feminine == found.feminine):
                return resolved
        return None

    def _owner_of_saying(self, doc: Document, begin: int, at: int) -> Known | None:
        """«تصريحات للأسد وضع فيها خصومه أمام خيارين: "…"»: whose the saying was."""
        for k in range(begin, at - 1):
            owner = doc.norm[k + 1]
            if bare(doc.norm[k]) in words_of("sayings") and owner[0] == "ل" and len(owner) > 3:
                known = self.register.of_surname(stem(detached(owner)))
                if known is not None:
                    return known
        return None

    def _credible(self, doc: Document, m: Mention) -> bool:
        """Whether the subject of a verb that reports nothing can be somebody: no stray word that is named only here."""
        if m.type != "person" or m.role is not None or m.name_last - m.name_first > 1:
            return True
        word = doc.norm[m.name_first]
        known = self.register.of_surname(stem(word))
        noun = word.startswith("ال") and (word[2:] in words_of("common_nouns") or doc._heads(word[2:], ""))
        if noun and known is None:
            return False  # «وتأتي الزيارة عقب كذا»
        return known is not None or word in self.register.first_names or doc.counts.get(word, 0) > 1

    def _acting(self, doc: Document, reader: PhraseReader, found: Found) -> Resolved | None:
        """Who the sentence before is about, when it holds no statement: «دافع فلان عن الشركة. وقال: …»."""
        begin = doc.begin[found.at]
        if begin < 2 or (self.recent and self.recent[-1][1] >= doc.begin[begin - 1]):
            return None
        end = begin - 1
        while end > 0 and doc.begin[end - 1] == end:
            end -= 1
        start = doc.begin[end - 1] if end else 0
        if self.recent and self.recent[-1][1] >= start:
            return None
        mention = reader.sentence_subject(start, min(end, start + 30))
        if mention is None:
            return None
        verb = doc.cue[mention.first - 1] if mention.first else None
        if verb is not None and verb.kind in ("past", "present") and verb.feminine == found.feminine:
            # «ووصف أحد الناجين، ويدعى فلان، ما رآه. وقال …»: who reported something, though no statement was found
            for k in range(mention.first, min(end, mention.first + 20)):
                if doc.norm[k].lstrip("و") in ("يدعى", "تدعى"):
                    mention = reader.read(k + 1, min(doc.stop[k], k + 8)) or mention
                    break
            if mention.named and mention.type == "person" and mention.name_last - mention.name_first > 1:
                return self._named(doc, mention)
        if not mention.named:
            return None
        words = mention.stems(doc)
        if mention.type == "organisation" and words:
            # «وطالبت الهيئة الشركات بكذا. وشددت على»
            agrees = verb is not None and verb.feminine == found.feminine
            if mention.first == start:
                # «صحيفة كذا أوردت النبأ. واعتبرت»
                agrees = found.feminine == feminine_head(bare(doc.norm[start]))
            if not agrees and found.feminine and doc.norm[mention.first - 1].endswith("ت"):
                agrees = True  # «تمكنت الشرطة من اعتقاله. وقالت إن»
            known = self._organisation(mention, words) if agrees else None
            return self._make(known, None, "acting") if known is not None else None
        if mention.type != "person":
            return None
        known = self.register.longest(words, "person") if words else None
        if known is None and words and mention.role is None:
            known = self.register.of_surname(words[0])  # «وتوجهت حداد بعبارات قاسية»
        if known is None or len(known.words) < 2 or (found.feminine and known.feminine is False):
            return None
        return self._make(known, None, "acting")
